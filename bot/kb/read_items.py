"""scams/, guides/ and ordinary/: one file -> the entries, guides or phrasings in it (design §3)."""

from __future__ import annotations

from collections.abc import Set

from bot.kb.collected import Collected, fields_of
from bot.kb.model import (
    AUDIENCES,
    CATEGORIES,
    SEVERITIES,
    Entry,
    Guide,
    Ordinary,
    Trials,
)
from bot.yamlread import Reader

_ENTRY_FIELDS = {
    "id", "title", "audience", "severity", "says", "asks", "looks_like", "signs", "why", "do",
    "report", "script", "sources", "reviewed", "review_by", "tests",
}  # fmt: skip
_GUIDE_FIELDS = {
    "id", "title", "asks", "answer", "group", "sources", "reviewed", "review_by", "tests",
}  # fmt: skip

LONGEST_PHRASING = 400
FEWEST_PHRASINGS = 6
"""design §3: says and asks each at least 6."""


def read_scams(root: Reader, stem: str, known_signs: Set[str], collected: Collected) -> list[Entry]:
    """One category; ``stem`` is its file's name, which its id must be."""
    fields = fields_of(root, {"category", "name", "entries"})
    category = fields["category"].choice(CATEGORIES.keys())
    if category and category != stem:
        fields["category"].fault(f"文件名是 {stem}.yaml，类别写的是 {category}", "两者要一样")
    name = CATEGORIES.get(category, "")
    if fields["name"].text() != name and category == stem:
        fields["name"].fault(f"{category} 的名字应是 {name}", f"请改成 {name}")
    return [_entry(item, category, known_signs, collected) for item in fields["entries"].items()]


def _entry(item: Reader, category: str, known_signs: Set[str], collected: Collected) -> Entry:
    fields = fields_of(item, _ENTRY_FIELDS)
    do = fields_of(fields["do"], {"not_trust", "not_disclose", "not_transfer"})
    signs = fields["signs"].items(0)
    for sign in signs:
        # Without signals.yaml no sign is known; that one problem is enough.
        if known_signs and sign.text() not in known_signs:
            sign.fault(f"signals.yaml 里没有信号 {sign.text()}", "请改成已有的 id")
    report = fields["report"].text(40)
    if report and "110" not in report:
        fields["report"].fault("report 里没有报警电话", "请写上 110 或 96110")
    identifier = collected.identifier(fields["id"])
    collected.keep(item, identifier)
    return Entry(
        id=identifier,
        category=category,
        title=fields["title"].text(18),
        audience=tuple(a.choice(AUDIENCES) for a in fields["audience"].items()),
        severity=fields["severity"].choice(SEVERITIES),
        says=fields["says"].texts(FEWEST_PHRASINGS, LONGEST_PHRASING),
        asks=fields["asks"].texts(FEWEST_PHRASINGS, LONGEST_PHRASING),
        looks_like=fields["looks_like"].texts(2, LONGEST_PHRASING),
        signs=tuple(sign.text() for sign in signs),
        why=fields["why"].text(40),
        not_trust=do["not_trust"].text(22),
        not_disclose=do["not_disclose"].text(22),
        not_transfer=do["not_transfer"].text(22),
        report=report,
        script=fields["script"].text(120),
        sources=fields["sources"].texts(),
        reviewed=fields["reviewed"].day(),
        review_by=fields["review_by"].day(),
        trials=_trials(fields["tests"]),
        file=item.file,
        line=item.line,
    )


def read_guides(root: Reader, collected: Collected) -> list[Guide]:
    """The answers of one topic."""
    fields = fields_of(root, {"topic", "name", "guides"})
    topic = fields["topic"].text(40)
    fields["name"].text(40)
    return [_guide(item, topic, collected) for item in fields["guides"].items()]


def _guide(item: Reader, topic: str, collected: Collected) -> Guide:
    fields = fields_of(item, _GUIDE_FIELDS, {"verdict"})
    verdict = fields["verdict"].choice({"info", "off_topic"}) if "verdict" in fields else "info"
    identifier = collected.identifier(fields["id"])
    collected.keep(item, identifier)
    return Guide(
        id=identifier,
        topic=topic,
        title=fields["title"].text(20),
        verdict=verdict,
        asks=fields["asks"].texts(FEWEST_PHRASINGS, LONGEST_PHRASING),
        answer=fields["answer"].text(600).strip(),
        group=fields["group"].text(120).strip(),
        sources=fields["sources"].texts(),
        reviewed=fields["reviewed"].day(),
        review_by=fields["review_by"].day(),
        trials=_trials(fields["tests"]),
        file=item.file,
        line=item.line,
    )


def _trials(reader: Reader) -> Trials:
    fields = fields_of(reader, {"must", "must_not"})
    return Trials(
        fields["must"].texts(1, LONGEST_PHRASING),
        fields["must_not"].texts(1, LONGEST_PHRASING),
    )


def read_ordinary(root: Reader, collected: Collected) -> list[Ordinary]:
    """The phrasings of one ordinary subject, as a list of one."""
    fields = fields_of(root, {"subject", "name", "habit", "phrasings"})
    subject = collected.once("subject", fields["subject"], fields["subject"].text(40))
    collected.keep(root, subject)
    return [
        Ordinary(
            subject=subject,
            name=fields["name"].text(40),
            habit=fields["habit"].text(44),
            phrasings=fields["phrasings"].texts(1, LONGEST_PHRASING),
        )
    ]
