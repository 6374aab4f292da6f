"""The optional form of a library text, read with file and line; notes for the preview."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.broadcasting.book import load_book
from bot.broadcasting.edition import draft, edition_hash, render
from bot.broadcasting.errands import Errand, errand_for
from bot.broadcasting.notes import channel_notes
from bot.problems import Invalid
from bot.senders.base import Rendered, Warning_
from bot.store.api import EditionRow
from tests.warning_fakes import MONDAY_NINE, FakeSender, book, group, plan, text

PNG = b"\x89PNG\r\n\x1a\n" + b"poster"
GROUPS = """\
groups:
  - {id: a, name: 甲, kind: enterprise, audience: [finance], channel: {type: paste}, owner: zhang}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    content = tmp_path / "broadcasts"
    for name in ("plans", "library", "pictures"):
        (content / name).mkdir(parents=True)
    (content / "groups.yaml").write_text(GROUPS, "utf-8")
    (content / "pictures" / "poster.png").write_bytes(PNG)
    return content


def write(folder: Path, fields: str) -> None:
    head = "texts:\n  - id: t\n    category: brushing\n    audience: [all]\n    title: 题\n"
    (folder / "library" / "brushing.yaml").write_text(head + f"    body: 文\n{fields}", "utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(Invalid) as caught:
        load_book(folder, {})
    return list(map(str, caught.value.problems))


def test_without_a_wish_the_channel_chooses(folder: Path) -> None:
    write(folder, "")
    found = load_book(folder, {}).library["t"]
    assert (found.format, found.url, found.picture, found.picture_hash) == ("", "", "", "")


def test_format_link_and_picture_are_read(folder: Path) -> None:
    write(folder, "    format: news\n    url: https://police.example/a\n    picture: poster.png\n")
    found = load_book(folder, {}).library["t"]
    assert (found.format, found.url) == ("news", "https://police.example/a")
    assert (found.picture, len(found.picture_hash)) == ("poster.png", 64)


@pytest.mark.parametrize(
    ("fields", "line", "words"),
    [
        ("    format: poem\n", 7, "不在可选范围"),
        ("    format: news\n", 2, "要有 url"),
        ("    format: card\n", 2, "要有 url"),
        ("    format: image\n", 2, "要有 picture"),
        ("    format: card\n    url: police.example\n", 8, "不是网址"),
        ("    format: card\n    url: 'https://a.example/x y'\n", 8, "不是网址"),
        (f"    format: card\n    url: https://a.example/{'x' * 1024}\n", 8, "字节"),
        ("    format: text\n    picture: poster.png\n", 8, "不发图片"),
        ("    format: image\n    picture: gone.png\n", 8, "没有 gone.png"),
        ("    format: image\n    picture: ../groups.yaml\n", 8, "不是图片的文件名"),
        ("    format: image\n    picture: poster.gif\n", 8, "不是图片的文件名"),
        ("    format: image\n    picture: fake.png\n", 8, "内容不是 .png"),
        ("    format: image\n    picture: large.png\n", 8, "最多 2048 KB"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    folder: Path, fields: str, line: int, words: str
) -> None:
    (folder / "pictures" / "fake.png").write_bytes(b"GIF89a")
    (folder / "pictures" / "large.png").write_bytes(PNG + b"0" * 2 * 1024 * 1024)
    write(folder, fields)
    found = problems(folder)
    assert any(
        p.startswith(f"broadcasts/library/brushing.yaml:{line}:") and words in p for p in found
    )


def test_only_pictures_lie_among_the_pictures(folder: Path) -> None:
    write(folder, "")
    (folder / "pictures" / "notes.txt").write_text("x")
    assert any("没有人读这个文件" in problem for problem in problems(folder))


class PosterSender(FakeSender):
    """Sends the picture along, and says how often it may still be used."""

    def render(self, warning: Warning_) -> Rendered:
        extra = {"picture": warning.picture, "picture_hash": warning.picture_hash}
        return Rendered("image", warning.title, 1, 10, extra=extra, notes=("说明一",))

    def notes(self, target: object) -> tuple[str, ...]:
        return ("还能发 3 次",)


def test_the_picture_is_frozen_with_the_text_and_handed_to_the_sender() -> None:
    sender = PosterSender()
    town = book(group("a"))

    def frozen(picture_hash: str) -> tuple[str, Errand]:
        wanted = text("brushing-all")
        changed = {
            **town.library,
            "brushing-all": type(wanted)(
                **{
                    **{name: getattr(wanted, name) for name in wanted.__slots__},
                    "picture": "p.png",
                    "picture_hash": picture_hash,
                }
            ),
        }
        edited = type(town)(town.groups, town.plans, changed, town.secrets)
        texts = render(plan(), "brushing", "123456", "所", edited, {sender.type: sender})
        rows = draft("e", texts, False, MONDAY_NINE)
        edition = EditionRow(
            "e", "weekly", "题", "zhang", MONDAY_NINE, MONDAY_NINE, "approved", False, "brushing",
            "123456", "",
        )  # fmt: skip
        by_digest = {row.digest: row for row in rows.texts}
        errand = errand_for(rows.deliveries[0], edition, by_digest, edited, {sender.type: sender})
        assert isinstance(errand, Errand)
        return edition_hash(MONDAY_NINE, rows.texts, rows.deliveries), errand

    first, errand = frozen("hash-1")
    second, _ = frozen("hash-2")
    assert first != second
    assert errand.outgoing.extra["picture"] == "p.png"
    assert errand.outgoing.extra["picture_hash"] == "hash-1"
    assert errand.outgoing.extra["code"] == "123456"


def test_the_preview_tells_what_the_channel_cannot_do_and_what_is_used_up() -> None:
    sender = PosterSender()
    town = book(group("a"))
    (shown,) = render(plan(), "brushing", "123456", "所", town, {sender.type: sender})
    assert channel_notes(shown, town, {sender.type: sender}) == ("说明一", "还能发 3 次")
    plain = FakeSender()
    (bare,) = render(plan(), "brushing", "123456", "所", town, {plain.type: plain})
    assert channel_notes(bare, town, {plain.type: plain}) == ()
