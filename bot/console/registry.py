"""All subjects of the console, in the order of the navigation. A new one is one line here."""

from __future__ import annotations

from bot.console import (
    account,
    answers,
    audit,
    chats,
    figures,
    groups,
    guide,
    inbox,
    knowledge,
    settings,
    sign_in,
    tasks,
    today,
    trends,
    users,
    warnings,
)
from bot.console.page import Page

PAGES: tuple[Page, ...] = (
    sign_in.PAGE,
    account.PAGE,
    today.PAGE,
    inbox.PAGE,
    answers.PAGE,
    trends.PAGE,
    knowledge.PAGE,
    warnings.PAGE,
    tasks.PAGE,
    groups.PAGE,
    chats.PAGE,
    figures.PAGE,
    users.PAGE,
    audit.PAGE,
    settings.PAGE,
    guide.PAGE,
)
