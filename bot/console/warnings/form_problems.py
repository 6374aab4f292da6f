"""What the loader says of a form's text, at the part of the form it belongs to. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.broadcasting.yaml_edit import field_at
from bot.problems import Problem

_MISSING = re.compile(r"缺少字段 (\w+)")


def by_part(
    text: str, problems: Iterable[Problem], labels: Mapping[str, str]
) -> dict[str, list[str]]:
    """Field of the text -> its problems in words. ``labels`` says what fields are called on the
    page; a field that is missing altogether is told at its own place."""
    named = re.compile("|".join(rf"(?<![\w.-]){name}(?![\w.-])" for name in labels))
    found: dict[str, list[str]] = {}
    for problem in problems:
        words = problem.what + (f"。{problem.mend}" if problem.mend else "")
        missing = _MISSING.fullmatch(problem.what)
        # Those of the whole are told where it begins.
        if missing and problem.line == 1 and missing.group(1) in labels:
            found.setdefault(missing.group(1), []).append(f"请写{labels[missing.group(1)]}")
            continue
        spoken = named.sub(lambda name: labels[name.group()], words)
        found.setdefault(field_at(text, problem.line), []).append(spoken)
    return found
