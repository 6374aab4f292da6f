"""The pages for people: their links lead somewhere, their pictures are small, no package is missing."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))
LARGEST_PICTURE = 150 * 1024

_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|\b(?:src|href)=\"([^\"]+)\"")
_FENCE = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_PACKAGE = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)")


def links(page: Path) -> Iterator[str]:
    """Relative links of a page, also those to a place on it."""
    for match in _LINK.finditer(_FENCE.sub("", page.read_text("utf-8"))):
        link = match.group(1) or match.group(2)
        if not re.match(r"[a-z]+:", link):
            yield link


def anchors(page: Path) -> set[str]:
    """The places of a page, as GitHub names its headings."""
    words = _HEADING.findall(_FENCE.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", word.lower()).replace(" ", "-") for word in words}


def packages() -> set[str]:
    """Names of all packages that are asked for."""
    lines = (line for file in REQUIREMENTS for line in file.read_text("utf-8").splitlines())
    return {match.group(1) for line in lines if (match := _PACKAGE.match(line))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_lead_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for link in links(page):
        path, _, place = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (place and place not in anchors(target)):
            broken.append(link)
    assert not broken


def test_every_picture_is_shown_and_opens_quickly_on_a_phone() -> None:
    shown = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in links(page)
        if link.endswith(".png")
    }
    pictures = {path.resolve() for path in (ROOT / "docs" / "pictures").iterdir()}
    assert pictures == shown
    assert not [path.name for path in pictures if path.stat().st_size > LARGEST_PICTURE]


@pytest.mark.parametrize("package", sorted(packages()))
def test_every_package_has_its_reason_in_the_readme(package: str) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = [line for line in readme.splitlines() if line.startswith("|")]
    named = re.compile(rf"(?<![\w.-]){re.escape(package)}(?![\w-])", re.IGNORECASE)
    assert any(named.search(row.split("|")[1]) for row in rows)
