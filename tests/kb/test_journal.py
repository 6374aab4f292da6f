"""Several files changed as one, whatever happens in between."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from bot.clock import FixedClock
from bot.kb import journal
from bot.kb.journal import FolderChanged, digest_of, finish, reading, write_all
from bot.kb.live import LiveBase
from bot.kb.load import load_knowledge
from bot.problems import Invalid


class Killed(BaseException):
    """Stands for the end of the process."""


def folder(tmp_path: Path) -> Path:
    place = tmp_path / "knowledge"
    (place / "scams").mkdir(parents=True)
    for name in ("a.yaml", "b.yaml", "scams/c.yaml"):
        (place / name).write_text(f"old {name}\n")
    return place


NEW = {"a.yaml": b"new a\n", "scams/c.yaml": b"new c\n", "b.yaml": None, "scams/d.yaml": b"d\n"}


def state(place: Path) -> dict[str, str]:
    return {
        path.relative_to(place).as_posix(): path.read_text()
        for path in sorted(place.rglob("*.yaml"))
        if not any(part.startswith(".") for part in path.relative_to(place).parts)
    }


def test_all_files_are_written_and_nothing_is_left_behind(tmp_path: Path) -> None:
    place = folder(tmp_path)
    write_all(place, NEW, digest_of(place))
    assert state(place) == {"a.yaml": "new a\n", "scams/c.yaml": "new c\n", "scams/d.yaml": "d\n"}
    assert {path.name for path in place.rglob(".*")} == {".publishing.lock"}


def test_a_crash_at_any_moment_leaves_the_old_or_the_new_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder(tmp_path / "whole")
    old = state(place)
    steps = 0

    def counted(real):  # type: ignore[no-untyped-def]
        def step(*args, **options):  # type: ignore[no-untyped-def]
            nonlocal steps
            steps += 1
            if steps == limit:
                raise Killed
            return real(*args, **options)

        return step

    limit = -1
    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, counted(getattr(os, name)))
    monkeypatch.setattr(Path, "rename", counted(Path.rename))
    monkeypatch.setattr(Path, "unlink", counted(Path.unlink))
    write_all(place, NEW, digest_of(place))
    new, total = state(place), steps
    assert total > 15
    seen = set()
    for at in range(1, total + 1):
        other = folder(tmp_path / str(at))
        steps, limit = 0, at
        with pytest.raises(Killed):
            write_all(other, NEW, digest_of(other))
        steps, limit = 0, -1
        with reading(other) as whole:
            # A loader may take what it sees, or it is told to wait.
            assert not whole or state(other) in (old, new)
        finish(other)
        assert state(other) in (old, new)
        seen.add(state(other) == new)
    assert seen == {True, False}


def test_who_decided_on_an_older_state_writes_nothing(tmp_path: Path) -> None:
    place = folder(tmp_path)
    decided = digest_of(place)
    (place / "b.yaml").write_text("by hand\n")
    with pytest.raises(FolderChanged):
        write_all(place, NEW, decided)
    assert state(place)["a.yaml"] == "old a.yaml\n"


def test_a_reader_is_never_in_the_middle_of_a_change(tmp_path: Path) -> None:
    place = folder(tmp_path)
    write_all(place, {"a.yaml": b"first\n"}, digest_of(place))
    done = Event()

    def publish() -> None:
        write_all(place, {"a.yaml": b"second\n"}, digest_of(place))
        done.set()

    with reading(place) as whole:
        assert whole
        writer = Thread(target=publish)
        writer.start()
        assert not done.wait(0.05)
        assert (place / "a.yaml").read_text() == "first\n"
    writer.join()
    assert (place / "a.yaml").read_text() == "second\n"


def cut_short(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A publication whose process dies before the first file is in its place."""

    def killed(*names: object) -> None:
        raise Killed

    decided = digest_of(place)
    with monkeypatch.context() as patched:
        patched.setattr(journal.os, "replace", killed)
        with pytest.raises(Killed):
            write_all(place, NEW, decided)


def test_the_loader_refuses_a_folder_with_a_change_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder(tmp_path)
    cut_short(place, monkeypatch)
    with pytest.raises(Invalid) as refused:
        load_knowledge(place)
    assert any("只写了一半" in problem.what for problem in refused.value.problems)


def test_a_running_base_writes_out_what_was_cut_short_and_takes_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder(tmp_path)

    def build(where: Path) -> dict[str, str]:
        finish(where)
        return state(where)

    live = LiveBase(place, build, clock=FixedClock(datetime(2026, 11, 23, tzinfo=UTC)))
    old = live.current()
    cut_short(place, monkeypatch)
    assert [live.refresh(), live.refresh()] == [False, True]
    assert live.current() != old
    assert live.current()["scams/d.yaml"] == "d\n"


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder(tmp_path)
    before = state(place)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal.os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        write_all(place, NEW, digest_of(place))
    assert state(place) == before
    assert not list(place.glob(".staged*"))
