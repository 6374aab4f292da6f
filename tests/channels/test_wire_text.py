from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

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
