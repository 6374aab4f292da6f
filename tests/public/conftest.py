from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from bot.broadcasting.published import PublicForm, PublicWarning
from bot.public.warning import blueprint
from bot.warnings import Published, code_of, compare, examine

BODY = (
    "用领导或亲友的头像加你，先问候几句，再说急事、不方便接电话，让你代转一笔。\n"
    "识破一句：急要钱，又不接电话。\n不转账：没打通本人电话之前不转。\n"
    "用自己存的号码打给他本人，或当面问。已转打 110，拿不准打 96110。"
)
TEXT = f"领导熟人换号借钱\n{BODY}\n预警码 123456\n示范社区派出所"
ELDERLY = "孙子出事要钱是骗\n先打给孩子本人，再打 110。\n预警码 123456\n示范社区派出所"
DAY = date(2026, 11, 23)


@pytest.fixture
def app() -> Flask:
    """The page over two warnings: one that stands, one that was stopped."""
    station = "示范社区派出所"
    forms = (
        PublicForm("财务、家长", "领导熟人换号借钱", TEXT),
        PublicForm("老人", "孙子出事要钱是骗", ELDERLY),
    )
    known = {
        "123456": PublicWarning("123456", "每周预警", station, DAY, False, forms),
        "654321": PublicWarning("654321", "每周预警", station, DAY, True, forms[:1]),
    }
    ours = [Published("123456", form.title, station, DAY, form.text) for form in forms]

    def compared(code: str, text: str) -> object:
        named = code_of(text)
        return examine(text, ours) if named not in (None, code) else compare(text, ours)

    made = Flask("web", static_folder=None)
    made.register_blueprint(blueprint(known.get, compared))  # type: ignore[arg-type]
    return made
