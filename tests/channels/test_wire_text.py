from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import BODY_LIMIT, Refused
from bot.channels.wire_text import cut, legible
from bot.channels.xml import read_xml, write_xml


@given(text=st.text(st.characters(exclude_categories=["Cs"])), most=st.integers(3, 60))
def test_a_cut_fits_and_keeps_the_beginning(text: str, most: int) -> None:
    shortened = cut(text, most)

    assert len(shortened.encode()) <= most
    if shortened != text:
        assert shortened.endswith("…")
        assert text.startswith(shortened[:-1])


def test_what_fits_exactly_is_not_cut() -> None:
    assert cut("骗" * 10, 30) == "骗" * 10
    assert cut("骗" * 10 + "a", 30) == "骗" * 9 + "…"


@given(text=st.text(st.characters()))
def test_any_text_comes_through_xml_unharmed(text: str) -> None:
    document = write_xml((("Content", text), ("CreateTime", 5)))

    expected = legible(text).replace("\r\n", "\n").replace("\r", "\n")
    assert read_xml(document) == {"Content": expected.strip(), "CreateTime": "5"}
    root = ElementTree.fromstring(document)
    assert [child.tag for child in root] == ["Content", "CreateTime"]
    assert (root[0].text or "") == expected


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("<xml>" + "<a>" * 7 + "</a>" * 7 + "</xml>", ""),
        ("<xml>" + "<a>" * 8 + "</a>" * 8 + "</xml>", "太深"),
        ("<xml><a>" + "<b/>" * 398 + "</a></xml>", ""),
        ("<xml><a>" + "<b/>" * 399 + "</a></xml>", "元素太多"),
        ("<xml>" + "x" * (BODY_LIMIT - 11) + "</xml>", ""),
        ("<xml>" + "x" * (BODY_LIMIT - 10) + "</xml>", "太大"),
        ("<xml><a>1</a><a>2</a></xml>", "重复"),
    ],
)
def test_size_depth_and_number_of_elements_are_bounded(document: str, reason: str) -> None:
    if not reason:
        assert set(read_xml(document)) <= {"a"}
        return
    with pytest.raises(Refused, match=reason) as refusal:
        read_xml(document)
    assert refusal.value.status == 400
