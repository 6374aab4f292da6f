"""The groups the bot sits in, and whether it may speak there unasked (``/console/chats/…``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from bot.channels.gateway_message import LONGEST_ID, chat_name
from bot.config import Config
from bot.console.guard import needs, person
from bot.console.page import NavItem, Page
from bot.console.services import ConsoleServices
from bot.console.views import done
from bot.privacy import Pseudonyms
from bot.store.api_reception import ChatRow, ChatSetting

SETTING_WORDS: Mapping[ChatSetting, str] = {"": "按配置", "on": "开", "off": "关"}
LONGEST_NAME = 40
_CHANNEL_WORDS = {"gateway": "接口", "aibot": "智能机器人"}
_CODE = 6
"""Characters of a pseudonym that tell one unnamed group from another on a page."""


def routes(services: ConsoleServices) -> Blueprint:
    """The list, a group that is set up by its id, and the form of one group."""
    pages = Blueprint("chats", __name__, url_prefix="/chats")
    chats, config = services.store.chats, services.config
    by_default = defaults(config)

    def form(row: ChatRow, problem: str = "", identity: str = "") -> str:
        return render_template(
            "console/chat.html",
            row=row,
            problem=problem,
            identity=identity,
            accounts=[f"gateway:{one.account}" for one in config.gateway],
            may_be_unasked=row.channel.startswith("gateway:"),
            default=by_default(row.chat),
            words=SETTING_WORDS,
            title_of=title_of,
            channel_words=channel_words,
        )

    @pages.get("/")
    @needs("groups.see")
    def index() -> str:
        return render_template(
            "console/chats.html",
            rows=chats.all(),
            speaks=config.groups.speak_unasked,
            gateways=bool(config.gateway),
            default=by_default,
            words=SETTING_WORDS,
            title_of=title_of,
            channel_words=channel_words,
        )

    @pages.get("/new")
    @needs("groups.edit")
    def new() -> str:
        return form(ChatRow("gateway:", ""))

    @pages.post("/new")
    @needs("groups.edit")
    def add() -> Response | tuple[str, int]:
        channel, identity = request.form.get("channel", ""), request.form.get("id", "").strip()
        blank = ChatRow(channel, "", *_filled())
        if channel not in {f"gateway:{one.account}" for one in config.gateway}:
            return form(blank, "请选这个群从哪个接口来。", identity), 422
        if not 0 < len(identity) <= LONGEST_ID:
            return form(blank, f"请填群号，最多 {LONGEST_ID} 个字符。", identity), 422
        chat = Pseudonyms(config.hash_key)(chat_name(identity))
        return save(channel, chat)

    @pages.get("/<channel>/<chat>")
    @needs("groups.edit")
    def one(channel: str, chat: str) -> str:
        return form(chats.one(channel, chat) or abort(404))

    @pages.post("/<channel>/<chat>")
    @needs("groups.edit")
    def change(channel: str, chat: str) -> Response:
        if chats.one(channel, chat) is None:
            abort(404)
        return save(channel, chat)

    def save(channel: str, chat: str) -> Response:
        before = chats.one(channel, chat) or ChatRow(channel, chat)
        name, unasked = _filled()
        if not channel.startswith("gateway:"):
            unasked = ""
        after = ChatRow(channel, chat, name, unasked, before.seen_on)
        with services.store.transaction():
            chats.set(channel, chat, name, unasked)
            services.store.audit.note(
                person().name,
                "chat_set",
                f"chat:{channel}/{chat[:_CODE]}",
                "",
                services.clock.now(),
                _told(before),
                _told(after),
            )
        return done(
            f"{title_of(after)}：主动提醒{SETTING_WORDS[unasked]}，马上生效", "console.chats.index"
        )

    return pages


PAGE = Page(routes, (NavItem("机器人在的群", "console.chats.index", "groups.see"),))


def defaults(config: Config) -> Callable[[str], bool]:
    """Whether the configuration lets the bot speak unasked in a chat (a pseudonym)."""
    pseudonym = Pseudonyms(config.hash_key)
    silent = frozenset(pseudonym(chat_name(chat)) for chat in config.groups.silent)
    return lambda chat: config.groups.speak_unasked and chat not in silent


def title_of(row: ChatRow) -> str:
    """What staff call a group, or what tells it from the others."""
    return row.name or f"没起名的群 {row.chat[:_CODE]}"


def channel_words(channel: str) -> str:
    """Where a group's messages come from, as people call it."""
    kind, _, account = channel.partition(":")
    return f"{_CHANNEL_WORDS.get(kind, kind)} {account}"


def _filled() -> tuple[str, ChatSetting]:
    name = " ".join(request.form.get("name", "").split())[:LONGEST_NAME]
    unasked = request.form.get("unasked", "")
    return name, cast("ChatSetting", unasked) if unasked in SETTING_WORDS else ""


def _told(row: ChatRow) -> str:
    return f"叫法：{row.name or '没有'}\n主动提醒：{SETTING_WORDS[row.unasked]}"
