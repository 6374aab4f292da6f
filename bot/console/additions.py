"""Wished phrasings as a file to work from."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from bot.store.asked import Addition


def as_yaml(additions: Sequence[Addition]) -> str:
    """Phrasings by item and list; those for an entry not yet written stand under ``new``."""
    found: dict[str, dict[str, list[str]]] = {}
    for one in reversed(additions):
        found.setdefault(one.item or "new", {}).setdefault(one.field, []).append(one.text)
    return yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=1000)
