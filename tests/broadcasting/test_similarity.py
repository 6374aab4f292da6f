from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.broadcasting.similarity import Told, core, too_alike

THEN = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
BODY = "用领导头像加你，先问候，再说急事，让你代转一笔。没听到本人说，一分也别转。"


def earlier(group: str, text: str, edition: str = "weekly-1") -> Told:
    return Told(group, text, edition, THEN)


def test_code_station_and_markup_do_not_count() -> None:
    one = core(f"## 题\n{BODY}\n预警码 123456\n示范所", "123456", "示范所")
    two = core(f"题\n{BODY}\n预警码：654321\n示范所", "654321", "示范所")
    assert one == two
    assert "123456" not in one


def test_nearly_the_same_text_to_the_same_group_is_told_in_words() -> None:
    pair = too_alike(
        [Told("a", BODY), Told("b", BODY), Told("c", "别的文字")],
        [earlier("a", BODY.replace("一分", "一块")), earlier("b", BODY.replace("一分", "一块"))],
    )
    assert pair is not None
    assert pair.groups == ("a", "b")
    words = pair.sentence({"a": "恒达公司财务群"}, ZoneInfo("Asia/Shanghai"))
    assert words.startswith("给“恒达公司财务群”等 2 个群的文字，和 2026-11-16 发过的 weekly-1 很像")
    assert "97%" in words


def test_another_text_or_another_group_is_no_repetition() -> None:
    assert too_alike([Told("a", BODY)], [earlier("b", BODY)]) is None
    other = "冒充客服说你开通了会员，让你共享屏幕取消。挂断，自己查官方电话打过去问。"
    assert too_alike([Told("a", BODY)], [earlier("a", other)]) is None
