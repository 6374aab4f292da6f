"""Reads the XML a bot answers with: flat elements, no DOCTYPE, no entities."""

from __future__ import annotations

from xml.etree import ElementTree


class BadXml(Exception):
    """Not the XML the platform takes."""


def read_xml(body: str) -> ElementTree.Element:
    """The ``<xml>`` root of an answer.

    Raises:
        BadXml: not well formed, another root, or a document type.
    """
    if "<!DOCTYPE" in body or "<!ENTITY" in body:
        raise BadXml("XML 里有 DOCTYPE")
    try:
        # The text has no document type, so no entity can be declared and none expands.
        root = ElementTree.fromstring(body)  # noqa: S314
    except ElementTree.ParseError as error:
        raise BadXml("XML 写法不对") from error
    if root.tag != "xml":
        raise BadXml("XML 的根不是 xml")
    return root


def cdata(text: str) -> str:
    """Text as a CDATA section."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
