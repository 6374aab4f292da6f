"""The console in a real browser: looks, keyboard, phone width, and what people do in it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.accounts.roles import ROLES
from bot.store.api import DeliveryRow, EditionRow, TextRow
from bot.types import Answer, DeliveryState, Message, Verdict
from tests.console_kit import Site, Visit, assert_accessible, assert_fits, shoot

pytestmark = pytest.mark.browser

SHAPES = [("desktop", 1280, 860, False), ("phone-dark", 360, 740, True)]


def fill(site: Site) -> None:
    """A station in the middle of its week."""
    store, now = site.store, site.clock.now()
    site.add("王芳", "editor", "officer", signed_in_at=now - timedelta(hours=3))
    site.add("li.qiang", "approver", totp="sealed")
    site.add("xinren", "viewer", must_change=True)
    site.add("old", "officer", disabled=True)
    for number, verdict in enumerate(["scam"] * 5 + ["info"] * 3 + ["unknown"] * 2):
        message = Message(str(number), "mp:demo", "s", "c", "private", "text")
        answer = Answer(Verdict(verdict), "答", "kb")  # type: ignore[arg-type]
        store.answers.record(message, "有人让我做这个", answer, now)
    states: tuple[tuple[DeliveryState, str], ...] = (
        ("unknown", "wecom_robot"),
        ("awaiting_person", "paste"),
        ("awaiting_person", "wecom_external"),
        ("awaiting_person", "wecom_external"),
    )
    edition = EditionRow(
        "weekly-1",
        "weekly",
        "每周预警",
        "王芳",
        now,
        now,
        "awaiting_approval",
        True,
        "loan",
        "123456",
        "h",
    )
    rows = [
        DeliveryRow(
            "weekly-1", f"g{n}", n, kind, "c", "d", "zhang", state, "", "", "", False, now, now
        )
        for n, (state, kind) in enumerate(states)
    ]
    store.editions.add(edition, [TextRow("d", "t", "text", "b")], rows)
    site.services.accounts.change_roles("admin", "王芳", ["editor"])
    store.audit.note("worker", "sent", "weekly-1/hengda-finance", "0 ok", now)


@pytest.mark.parametrize(("shape", "width", "height", "dark"), SHAPES)
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("today", "/console/"),
        ("users", "/console/users/"),
        ("user-new", "/console/users/new"),
        ("user-roles", "/console/users/王芳/roles"),
        ("user-reset", "/console/users/li.qiang/reset"),
        ("user-disable", "/console/users/王芳/disable"),
        ("audit", "/console/audit/"),
        ("settings", "/console/settings/"),
        ("password", "/console/account/password"),
        ("totp", "/console/account/totp"),
        ("missing", "/console/nothing-here"),
    ],
)
def test_every_page_is_accessible_and_fits(
    visit: Visit, site: Site, shape: str, width: int, height: int, dark: bool, name: str, path: str
) -> None:
    fill(site)
    site.problems.append("群 nanhu-college 的渠道缺少环境变量 ROBOT_KEY_NANHU，预警发不过去")
    tab = visit(*ROLES, name="admin", width=width, height=height, dark=dark).open(path)
    shoot(tab, f"{name}-{shape}")
    assert_fits(tab)
    assert_accessible(tab)
