"""Counters in the text form Prometheus reads."""

from __future__ import annotations

import threading
from collections import Counter


class Counters:
    """Counts since the process started; safe to use from several threads."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str, **labels: str) -> None:
        """One more. Label values are ours (account names, outcomes), never a resident's text."""
        with self._lock:
            self._counts[name, tuple(labels.items())] += 1

    def text(self) -> str:
        """All counters, sorted by name, each name introduced by its type."""
        with self._lock:
            counts = sorted(self._counts.items())
        lines: list[str] = []
        typed = ""
        for (name, labels), count in counts:
            if name != typed:
                lines.append(f"# TYPE {name} counter")
                typed = name
            shown = ",".join(f'{label}="{value}"' for label, value in labels)
            lines.append(f"{name}{{{shown}}} {count}" if shown else f"{name} {count}")
        return "".join(line + "\n" for line in lines)
