"""What came of a publication, as a job keeps it for the page of whoever waits. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from bot.kb.items import Item, Kind, is_editable, items_of
from bot.problems import Problem
from bot.publishing.candidate import Changed
from bot.publishing.changes import title_of
from bot.publishing.merge import Merged
from bot.publishing.publisher import Published
from bot.store.api_editing import DraftRow


def told(
    published: Published, reason: str, merged: Merged, drafts: Iterable[DraftRow] = ()
) -> Mapping[str, Any]:
    """What a job's page shows of a publication: of the files that were to be, and of drafts that
    may be too broken to be found in them."""
    drafted: dict[str, list[Item]] = {}
    for draft in drafts:
        first = merged.lines.get((draft.kind, draft.name), 0)
        end = first + draft.text.count("\n") + 1
        item = Item(cast("Kind", draft.kind), draft.name, first, end, 0, draft.text)
        drafted.setdefault(draft.file, []).append(item)
    return {
        "number": published.number,
        "reason": reason,
        "blocking": _placed(published.problems, merged.files, drafted),
        "known": _placed(published.old, merged.files, drafted),
        "trials": published.trials,
        "clashes": list(published.clashes),
        "refusal": published.refusal,
    }


def _placed(
    problems: Iterable[Problem], files: Changed, drafted: Mapping[str, Sequence[Item]]
) -> list[Mapping[str, Any]]:
    """Problems, each with the item in whose lines it stands (``kind`` '' for none)."""
    found: list[Mapping[str, Any]] = []
    listed: dict[str, tuple[Item, ...]] = {}
    for problem in problems:
        file = problem.file.partition("/")[2]
        if file not in listed:
            listed[file] = (*drafted.get(file, ()), *items_of(file, files.get(file) or ""))
        item = next((i for i in listed[file] if i.first < problem.line <= i.end), None)
        if not is_editable(file):
            item = None
        elif item is None:
            item = Item("file", file, 0, 0, 0, "")
        found.append(
            {
                "what": problem.what,
                "mend": problem.mend,
                "place": f"{problem.file}:{problem.line}" if problem.line else problem.file,
                "kind": item.kind if item else "",
                "name": item.name if item else "",
                "title": title_of(item.kind, item.name, item.text) if item else "",
            }
        )
    return found
