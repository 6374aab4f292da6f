"""Links and numbers held against the official list (knowledge/official.yaml)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

from bot.kb.model import OfficialDomain, OfficialNumber, SenderNote
from bot.text.extract import Finds

LookKind = Literal[
    "official_number",
    "noted_number",
    "unknown_number",
    "foreign_number",
    "official_domain",
    "unknown_domain",
    "lookalike_domain",
]
_GENERIC_LABELS = frozenset(
    {"www", "com", "cn", "net", "org", "gov", "edu", "m", "wap", "app", "i"}
)


@dataclass(frozen=True, slots=True)
class Look:
    """What the official list says of one link or number: ``what`` as written, ``name`` its owner,
    of a noted number what is to be known of its kind."""

    kind: LookKind
    what: str
    name: str = ""


class OfficialBook:
    """Lookups by number and by host."""

    def __init__(
        self,
        numbers: Iterable[OfficialNumber],
        domains: Iterable[OfficialDomain],
        senders: Iterable[SenderNote] = (),
    ) -> None:
        self._numbers = {_digits(item.number): item.name for item in numbers}
        self._domains = {item.domain.lower().removeprefix("www."): item.name for item in domains}
        self._notes = sorted(senders, key=lambda sender: -len(sender.prefix))
        self._brands = {
            label: domain
            for domain in self._domains
            for label in domain.split(".")[:-1]
            if label not in _GENERIC_LABELS and len(label) >= 3
        }

    def number(self, number: str) -> Look:
        digits = _digits(number)
        if number.startswith("+") or (digits.startswith("00") and len(digits) > 8):
            return Look("foreign_number", number)
        name = self._numbers.get(digits)
        if name:
            return Look("official_number", number, name)
        note = next((one.note for one in self._notes if digits.startswith(one.prefix)), "")
        return Look("noted_number", number, note) if note else Look("unknown_number", number)

    def host(self, host: str) -> Look:
        bare = host.removeprefix("www.")
        for domain, name in self._domains.items():
            if bare == domain or bare.endswith("." + domain):
                return Look("official_domain", host, name)
        twin = self._twin(bare)
        if twin:
            return Look("lookalike_domain", host, self._domains[twin])
        return Look("unknown_domain", host)

    def look(self, finds: Finds) -> list[Look]:
        """Everything found that can be looked up, links first."""
        numbers = (*finds.foreign_numbers, *finds.phones, *finds.short_numbers)
        return [*map(self.host, finds.hosts), *map(self.number, dict.fromkeys(numbers))]

    def _twin(self, host: str) -> str | None:
        """The official domain that ``host`` imitates: its brand inside a label, or one letter off."""
        owned = host.rpartition(".")[0]
        for label in re.split(r"[.\-]", owned):
            if label in _GENERIC_LABELS:
                continue
            if label in self._brands:
                return self._brands[label]
            for brand, domain in self._brands.items():
                long_enough = len(brand) >= 5 and abs(len(brand) - len(label)) <= 1
                if long_enough and Levenshtein.distance(brand, label, score_cutoff=1) <= 1:
                    return domain
        return None


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)
