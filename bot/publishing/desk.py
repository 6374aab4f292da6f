"""What people do with the knowledge base: draft, publish, roll back, confirm, bring in files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.kb import form
from bot.kb.items import find as find_item
from bot.kb.items import is_editable, put_back, tidy
from bot.publishing import tries
from bot.publishing.candidate import Bench, Changed, snapshot
from bot.publishing.jobs import Jobs
from bot.publishing.merge import Change, Files, Merged, current_text, merge
from bot.publishing.publisher import Published, Publisher
from bot.publishing.told import told
from bot.publishing.tries import Report
from bot.respond import Base
from bot.store.api import Store
from bot.store.api_editing import DraftRow

LONGEST_TEXT = 200_000
"""Characters of one draft; the largest file has a tenth of it."""

REVIEW_DAYS = 182
"""Until the next review where an item does not say."""


@dataclass(frozen=True, slots=True)
class Saved:
    """``standing`` is what a draft may not be put over without having been seen; else None."""

    standing: str | None = None
    problem: str = ""


def stamp(text: str) -> str:
    """What a form carries to say which text it was opened with; '' for no text."""
    return sha256(text.encode()).hexdigest()[:16] if text else ""


class KnowledgeDesk:
    """Everything the console does to the knowledge base, each with its audit line."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        clock: Clock,
        published: Callable[[], Base],
        build: Callable[[Path], Base],
    ) -> None:
        self.folder = folder
        self.bench = Bench(folder, build)
        self.jobs = Jobs(store, clock)
        self.publisher = Publisher(folder, store, clock, published, self.bench)
        self._store = store
        self._clock = clock
        self._published = published

    def files(self) -> Files:
        """The files as they are now."""
        return snapshot(self.folder).files

    def save(self, draft: DraftRow, seen: str) -> Saved:
        """Keep a draft. ``seen`` is the stamp of the text its form was opened with: the person's
        own draft, else the item as it is published."""
        if len(draft.text) > LONGEST_TEXT:
            return Saved(problem=f"太长了，最多 {LONGEST_TEXT} 个字")
        text, key = tidy(draft.text), (draft.person, draft.kind, draft.name)
        now = current_text(self.files(), draft.file, draft.kind, draft.name)
        with self._store.transaction():
            before = self._store.editing.draft(*key)
            standing = before.text if before else now
            if stamp(standing) != seen:
                return Saved(standing=standing)
            base = before.base if before else now
            self._store.editing.put_draft(DraftRow(*key, draft.file, base, text, self._clock.now()))
            if before is None:
                self._note(draft.person, "kb_drafted", draft.kind, draft.name)
        return Saved()

    def begin(self, blank: DraftRow, text: str) -> None:
        """Keep the first draft of an item that is not published yet."""
        with self._store.transaction():
            self._store.editing.put_draft(replace(blank, text=tidy(text)))
            self._note(blank.person, "kb_drafted", blank.kind, blank.name)

    def rebase(self, draft: DraftRow) -> None:
        """Go on with a draft over the item as it is now, once the person has seen that."""
        now = current_text(self.files(), draft.file, draft.kind, draft.name)
        text = over(draft, now)
        row = DraftRow(
            draft.person, draft.kind, draft.name, draft.file, now, tidy(text), self._clock.now()
        )
        self._store.editing.put_draft(row)

    def discard(self, draft: DraftRow) -> None:
        """Throw a draft away; the audit line keeps its text."""
        with self._store.transaction():
            if self._store.editing.drop_draft(draft.person, draft.kind, draft.name):
                self._note(draft.person, "kb_discarded", draft.kind, draft.name, draft.text)

    def merged(self, drafts: Iterable[DraftRow], files: Files | None = None) -> Merged:
        """The drafts over the files as they are now."""
        changes = [Change(d.kind, d.name, d.file, d.base, d.text) for d in drafts]
        return merge(files if files is not None else self.files(), changes, self.folder.name)

    def publish(self, person: str, drafts: tuple[DraftRow, ...], reason: str) -> str:
        """Begin to publish; the job's name. Drafts that are published are gone then."""

        def work(report: Report) -> Mapping[str, Any]:
            published = self.publisher.publish(
                person, "publish", reason, lambda files: self.merged(drafts, files), report
            )
            if published.number:
                for draft in drafts:
                    self._forget(draft)
            return told(published, reason, self._whole(self.merged(drafts)), drafts)

        return self.jobs.start("publish", person, work)

    def roll_back(self, person: str, number: int, reason: str) -> str:
        """Begin to bring back what stood before a publication; the job's name."""

        def work(report: Report) -> Mapping[str, Any]:
            changed = self._store.editing.first_changes_since(number)
            published = self.publisher.publish(
                person, "rollback", reason, lambda files: differing(files, changed), report
            )
            return told(published, reason, self._whole(differing(self.files(), changed)))

        return self.jobs.start("rollback", person, work)

    def compare(self, person: str, changed: Changed) -> str:
        """Begin to put the latest recorded questions to a candidate; the job's name."""

        def work(report: Report) -> Mapping[str, Any]:
            rows = self._store.unanswered.unanswered(tries.RECORDED)
            questions = tuple(dict.fromkeys(row.scrubbed for row in rows))
            candidate = self.bench.compiled(changed)
            found = tries.shifts(self._published(), candidate, questions, report)
            return {"asked": len(questions), "shifts": [asdict(shift) for shift in found]}

        return self.jobs.start("compare", person, work)

    def ask(self, person: str, changed: Changed, question: str) -> str:
        """Begin to put one question to a candidate; the job's name."""

        def work(report: Report) -> Mapping[str, Any]:
            candidate = self.bench.compiled(changed)
            return {"shift": asdict(tries.ask_both(self._published(), candidate, question))}

        return self.jobs.start("ask", person, work)

    def still_right(
        self, person: str, items: Iterable[tuple[str, str, str]], today: date
    ) -> Published:
        """Move the review dates of items (kind, name, file) that were found to be right as they are."""
        wanted = tuple(items)
        names = "、".join(name for _, name, _ in wanted)

        def decide(files: Files) -> Merged:
            merged = Merged()
            for kind, name, file in wanted:
                source = merged.files.get(file) or files.get(file, "")
                item = find_item(file, source, kind, name)  # type: ignore[arg-type]
                if item is not None and kind in ("entry", "guide"):
                    text = _reviewed(kind, item.text, today)
                    merged.files[file] = put_back(source, item, text)
            return merged

        return self.publisher.publish(
            person, "reviewed", f"复核过，仍然对：{names}", decide, tried=False
        )

    def bring_in(self, person: str, name: str, text: str) -> str:
        """Make an uploaded file a draft; why not, or ''."""
        if not is_editable(name):
            return "这个文件不能在后台改"
        if len(text) > LONGEST_TEXT:
            return f"太长了，最多 {LONGEST_TEXT} 个字"
        now = self.files().get(name, "")
        draft = DraftRow(person, "file", name, name, now, text, self._clock.now())
        with self._store.transaction():
            self._store.editing.put_draft(draft)
            self._note(person, "kb_imported", "file", name)
        return ""

    def _whole(self, merged: Merged) -> Merged:
        """With the files that it does not change."""
        return replace(merged, files={**self.files(), **merged.files})

    def _forget(self, draft: DraftRow) -> None:
        """Drop a published draft, unless it was written on meanwhile."""
        kept = self._store.editing.draft(draft.person, draft.kind, draft.name)
        if kept is not None and kept.text == draft.text:
            self._store.editing.drop_draft(draft.person, draft.kind, draft.name)

    def _note(self, person: str, action: str, kind: str, name: str, before: str = "") -> None:
        self._store.audit.note(person, action, f"kb:{name}", "", self._clock.now(), before=before)


def over(draft: DraftRow, now: str) -> str:
    """The draft's own changes, field by field, over what somebody else published meanwhile.

    Where both changed a field the draft's word stands. Without fields to compare (broken YAML,
    a whole file) it is the draft as it is.
    """
    if not now or not draft.base or draft.kind not in form.TEXTS:
        return draft.text
    try:
        was, mine = form.as_fields(draft.kind, draft.base), form.as_fields(draft.kind, draft.text)
        return form.with_fields(
            draft.kind, now, {path: text for path, text in mine.items() if text != was[path]}
        )
    except form.NoForm:
        return draft.text


def differing(files: Files, wanted: Changed) -> Merged:
    """Those of the wanted files that are not so already."""
    merged = Merged()
    merged.files = {name: text for name, text in wanted.items() if files.get(name) != text}
    return merged


def _reviewed(kind: str, text: str, today: date) -> str:
    fields = form.as_fields(kind, text)
    try:
        span = date.fromisoformat(fields["review_by"]) - date.fromisoformat(fields["reviewed"])
    except ValueError:
        span = timedelta(days=REVIEW_DAYS)
    span = max(span, timedelta(days=1))
    return form.with_fields(kind, text, {"reviewed": f"{today}", "review_by": f"{today + span}"})
