"""XML of the WeChat family: hostile XML in, escaped XML out (protocol-callbacks §7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn
from xml.parsers import expat

from bot.channels.base import BODY_LIMIT, Refused
from bot.channels.wire_text import legible

_DEEPEST = 8
_MOST_ELEMENTS = 400
"""The platform's largest form, a mass-send report on eight articles, has some 100 elements."""


def read_xml(document: str | bytes) -> dict[str, str]:
    """The texts of the direct children of ``<xml>``, by name; a child with children counts as "".

    The outer envelope must be read before its signature can be checked, so nothing is trusted: no
    DOCTYPE (and with it no entity), bounded size, depth and number of elements, no name twice.
    Characters forbidden in XML are dropped first, for residents' texts do bring them.

    Raises:
        Refused: with status 400, whatever is wrong.
    """
    if len(document) > BODY_LIMIT:
        raise Refused("XML 太大", 400)
    if isinstance(document, bytes):
        document = as_text(document)
    fields: dict[str, str] = {}
    texts: list[str] = []
    depth = elements = 0
    nested = False

    # Closures over local names, for these run for every element of every callback.
    def start(name: str, _attributes: object) -> None:
        nonlocal depth, elements, nested
        depth += 1
        elements += 1
        if depth > _DEEPEST or elements > _MOST_ELEMENTS:
            raise Refused("XML 太深或元素太多", 400)
        if depth == 1 and name != "xml":
            raise Refused("XML 的根不是 <xml>", 400)
        if depth == 2:
            if name in fields:
                raise Refused("XML 里有重复的元素", 400)
            fields[name] = ""
            texts.clear()
        nested = depth > 2

    def end(name: str) -> None:
        nonlocal depth
        if depth == 2 and not nested:
            fields[name] = "".join(texts).strip()
        depth -= 1

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = texts.append
    try:
        parser.Parse(legible(document), True)
    except expat.ExpatError as error:
        raise Refused("XML 格式不对", 400) from error
    return fields


def as_text(body: bytes) -> str:
    """Raises:
    Refused: with status 400; the body is not UTF-8.
    """
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Refused("XML 不是 UTF-8", 400) from error


def write_xml(fields: Iterable[tuple[str, str | int]]) -> str:
    """``<xml>`` with one element per field, in this order; texts in CDATA, numbers bare."""
    return f"<xml>{''.join([_element(name, value) for name, value in fields])}</xml>"


def _refuse_doctype(*_: object) -> NoReturn:
    raise Refused("XML 里不许有 DOCTYPE", 400)


def _element(name: str, value: str | int) -> str:
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    safe = legible(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{safe}]]></{name}>"
