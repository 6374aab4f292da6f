"""The fake platform's menu and QR codes: its limits, and what comes of scanning."""

from __future__ import annotations

from typing import Any

import pytest


def call(running: Any, path: str, body: object, token: str | None = None) -> dict[str, Any]:
    settings = running.platform.settings.mp
    if token is None:
        desk = running.platform.tokens
        token = desk.stable_token(settings.app_id, settings.app_secret, False).token
    return running.client.post(f"{path}?access_token={token}", json=body).json()


def click(name: str = "我要问", key: str = "MENU_ASK") -> dict[str, object]:
    return {"type": "click", "name": name, "key": key}


def create(running: Any, *buttons: object) -> int:
    return call(running, "/cgi-bin/menu/create", {"button": list(buttons)})["errcode"]


def test_a_menu_replaces_the_one_before(running: Any) -> None:
    assert create(running, click()) == 0
    assert create(running, click("我被骗了"), {"name": "更多", "sub_button": [click("小测")]}) == 0
    assert [key.label for key in running.platform.menus.shown] == ["我被骗了", "更多"]
    assert running.platform.menus.shown[1].below[0].label == "小测"


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([], 40016),
        ([click()] * 4, 40016),
        ([click("一二三四五六")], 40018),
        ([click(key="k" * 129)], 40019),
        ([{"name": "看看", "type": "dance"}], 40017),
        ([{"name": "更多", "sub_button": [click()] * 6}], 40023),
        ([{"name": "更多", "sub_button": [click("字" * 21)]}], 40025),
        ([{"name": "更多", "sub_button": [{"name": "看看", "type": "dance"}]}], 40024),
        ([{"name": "更多", "sub_button": [click(key="k" * 129)]}], 40026),
        ([{"name": "更多", "sub_button": [{"name": "再多", "sub_button": [click()]}]}], 40022),
    ],
)
def test_a_menu_the_platform_does_not_take_changes_nothing(
    running: Any, buttons: list[object], code: int
) -> None:
    assert create(running, click()) == 0
    assert create(running, *buttons) == code
    assert [key.label for key in running.platform.menus.shown] == ["我要问"]


def test_without_a_token_nothing_is_created(running: Any) -> None:
    answer = call(running, "/cgi-bin/menu/create", {"button": [click()]}, token="")
    assert answer["errcode"] == 41001


def code(running: Any, action: str, **scene: object) -> dict[str, Any]:
    body = {"action_name": action, "action_info": {"scene": scene}}
    return call(running, "/cgi-bin/qrcode/create", body)


def test_the_same_scene_has_the_same_code(running: Any) -> None:
    one = code(running, "QR_LIMIT_STR_SCENE", scene_str="jinxiu-garden")
    assert one == code(running, "QR_LIMIT_STR_SCENE", scene_str="jinxiu-garden")
    assert "errcode" not in one
    assert running.platform.menus.scene(one["ticket"]) == "jinxiu-garden"
    assert code(running, "QR_LIMIT_SCENE", scene_id=7)["ticket"] != one["ticket"]


@pytest.mark.parametrize(
    ("action", "scene", "number"),
    [
        ("QR_NONE", {"scene_str": "a"}, 40052),
        ("QR_LIMIT_STR_SCENE", {"scene_str": "s" * 65}, 40053),
        ("QR_LIMIT_SCENE", {"scene_id": 100_001}, 40053),
        ("QR_LIMIT_SCENE", {"scene_id": "7"}, 40053),
    ],
)
def test_an_unusable_scene_is_refused(
    running: Any, action: str, scene: dict[str, object], number: int
) -> None:
    assert code(running, action, **scene)["errcode"] == number


def test_who_is_new_follows_by_the_code_and_who_follows_scans_it(running: Any, echo: Any) -> None:
    account = running.platform.account
    for _ in range(2):
        account.scan("oAnna", "7")
    account.event("oAnna", "unsubscribe")
    account.scan("oAnna", "7")
    events = [text.split("<Event><![CDATA[")[1].split("]]>")[0] for text in echo.plain]
    keys = [text.split("<EventKey><![CDATA[")[1].split("]]>")[0] for text in echo.plain]
    assert events == ["subscribe", "SCAN", "unsubscribe", "subscribe"]
    assert keys == ["qrscene_7", "7", "", "qrscene_7"]
