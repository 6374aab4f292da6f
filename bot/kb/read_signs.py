"""signals.yaml and redlines.yaml: warning signs, emergency cues, contexts, and what always wins."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from bot.kb.collected import Collected, fields_of
from bot.kb.model import CATEGORIES, STAGES, Pattern, Redline, Sign
from bot.yamlread import Reader


@dataclass(frozen=True, slots=True)
class Signals:
    """All of signals.yaml."""

    signs: tuple[Sign, ...] = ()
    cues: tuple[Sign, ...] = ()
    contexts: tuple[Sign, ...] = ()

    @property
    def known(self) -> frozenset[str]:
        """The ids that an entry may name."""
        return frozenset(sign.id for sign in self.signs)


def read_signals(root: Reader, collected: Collected) -> Signals:
    fields = fields_of(root, {"signs", "cues", "contexts"})

    def each(section: str, required: set[str], optional: set[str]) -> tuple[Sign, ...]:
        items = fields[section].items()
        return tuple(_sign(item, required, optional, collected) for item in items)

    return Signals(
        each("signs", {"name", "tell"}, {"stage"}),
        each("cues", {"stage"}, {"bare"}),
        each("contexts", set(), set()),
    )


def _sign(item: Reader, required: set[str], optional: set[str], collected: Collected) -> Sign:
    fields = fields_of(item, {"id", "patterns"} | required, {"even_negated"} | optional)
    identifier = collected.once("信号", fields["id"], fields["id"].text(40))
    collected.keep(item, identifier)
    return Sign(
        id=identifier,
        patterns=_patterns(fields["patterns"]),
        name=fields["name"].text(30) if "name" in fields else "",
        tell=fields["tell"].text(20) if "tell" in fields else "",
        stage=fields["stage"].choice(STAGES) if "stage" in fields else "",
        bare="bare" in fields and fields["bare"].flag(),
        even_negated="even_negated" in fields and fields["even_negated"].flag(),
    )


def read_redlines(root: Reader, known_signs: Set[str], collected: Collected) -> tuple[Redline, ...]:
    items = fields_of(root, {"redlines"})["redlines"].items()
    return tuple(_redline(item, known_signs, collected) for item in items)


def _redline(item: Reader, known_signs: Set[str], collected: Collected) -> Redline:
    fields = fields_of(item, {"id", "sign", "category", "patterns"})
    category = fields["category"]
    return Redline(
        id=collected.once("红线", fields["id"], fields["id"].text(40)),
        sign=fields["sign"].choice(known_signs) if known_signs else "",
        category=None if category.scalar() == "null" else category.choice(CATEGORIES.keys()),
        patterns=_patterns(fields["patterns"]),
    )


def _patterns(reader: Reader) -> tuple[Pattern, ...]:
    """The pattern language of signals.yaml: ``a|b … c`` is (("a", "b"), ("c",))."""
    patterns = []
    for item in reader.items():
        groups = tuple(
            tuple(word.strip() for word in group.split("|") if word.strip())
            for group in item.text(1200).split("…")
        )
        if not all(groups):
            item.fault("“…”的前后都要有词", "例如 让|叫 … 下载|安装")
            continue
        patterns.append(groups)
    return tuple(patterns)
