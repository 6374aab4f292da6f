"""What was last seen of channels and processes, who holds a lease since when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.store.api_sightings import Sighting
from bot.store.migrations import MIGRATIONS, migrate
from bot.store.sqlite import SqliteEngine, open_sqlite
from bot.store.sqlstore import SqlStore
from bot.types import Message
from tests.warning_fakes import MONDAY_NINE as NOW

REFUSED = Sighting("refused", "mp:front", NOW, words="签名不对")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def message(key: str, channel: str = "mp:front") -> Message:
    return Message(key, channel, "who", "chat", "private", "text", "x")


def test_the_latest_is_told_and_all_are_counted(store: SqlStore) -> None:
    store.sightings.note([REFUSED])
    store.sightings.note([replace(REFUSED, at=later(60), words="密文长度不对", count=7)])
    (told,) = store.sightings.of("refused")
    assert (told.at, told.since) == (later(60), NOW)
    assert (told.words, told.count) == ("密文长度不对", 8)


def test_what_is_written_late_counts_but_does_not_hide_what_came_after(store: SqlStore) -> None:
    store.sightings.note([replace(REFUSED, at=later(60), words="新的")])
    store.sightings.note([REFUSED])
    (told,) = store.sightings.of("refused")
    assert (told.at, told.words, told.count) == (later(60), "新的", 2)


def test_after_a_quiet_day_the_count_begins_anew(store: SqlStore) -> None:
    store.sightings.note([replace(REFUSED, count=500)])
    store.sightings.note([replace(REFUSED, at=later(86401))])
    (told,) = store.sightings.of("refused")
    assert (told.count, told.since) == (1, later(86401))


def test_kinds_subjects_and_places_are_kept_apart_and_read_latest_first(store: SqlStore) -> None:
    store.sightings.note(
        [
            Sighting("reached", "paste:paste", NOW, "a"),
            Sighting("reached", "paste:paste", later(2), "b"),
            Sighting("unreached", "paste:paste", later(1), "a", "refused", "93000", "不对"),
        ]
    )
    told = store.sightings.of("reached", "unreached")
    assert [(one.kind, one.place) for one in told] == [
        ("reached", "b"),
        ("unreached", "a"),
        ("reached", "a"),
    ]
    assert (told[1].outcome, told[1].code, told[1].words) == ("refused", "93000", "不对")


def test_another_process_sees_it(store: SqlStore, tmp_path: Path) -> None:
    store.sightings.note([REFUSED])
    other = open_sqlite(tmp_path / "bot.db")
    assert other.sightings.of("refused")[0].words == "签名不对"
    other.close()


def test_sightings_are_forgotten_with_the_rest(store: SqlStore) -> None:
    store.sightings.note([REFUSED, replace(REFUSED, subject="mp:back", at=later(10))])
    store.forget(later(5), later(20))
    assert [one.subject for one in store.sightings.of("refused")] == ["mp:back"]


def test_when_a_channel_last_answered_is_read_off_its_messages(store: SqlStore) -> None:
    assert store.inbox.last_answered("mp:front") is None
    for number in range(3):
        store.inbox.claim(message(f"m{number}"), f"s{number}", "f", later(number))
        store.inbox.finish(message(f"m{number}"), "r", later(number + 0.5), lambda: None)
    store.inbox.claim(message("m9"), "s9", "f", later(9))
    assert store.inbox.last_answered("mp:front") == later(2.5)
    assert store.inbox.last_answered("aibot:front") is None


def test_the_last_answer_is_found_without_reading_all_messages(
    store: SqlStore, tmp_path: Path
) -> None:
    engine = SqliteEngine(tmp_path / "bot.db")
    plan = engine.select(
        "EXPLAIN QUERY PLAN SELECT MAX(answered_at) FROM inbox"
        " WHERE channel = :channel AND answered_at IS NOT NULL",
        {"channel": "mp:front"},
    )
    assert "COVERING INDEX inbox_answered (channel=? AND answered_at>?)" in plan[0][3]
    engine.close()


def test_a_lease_tells_who_holds_it_without_a_break_since_when(store: SqlStore) -> None:
    assert store.leases.held("worker") is None
    store.leases.take("worker", "one", 30, NOW)
    store.leases.take("worker", "one", 30, later(20))
    held = store.leases.held("worker")
    assert held is not None
    assert (held.holder, held.since, held.ends_at) == ("one", NOW, later(50))
    store.leases.take("worker", "two", 30, later(60))
    store.leases.take("worker", "two", 30, later(200))
    held = store.leases.held("worker")
    assert held is not None
    assert (held.holder, held.since) == ("two", later(200))
    store.leases.release("worker", "two")
    assert store.leases.held("worker") is None


def test_a_lease_from_before_the_update_can_be_read(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "old.db")
    migrate(engine, tuple(one for one in MIGRATIONS if one.number < 12))
    engine.change(
        "INSERT INTO leases (name, holder, ends_at) VALUES ('worker', 'one', :ends)",
        {"ends": NOW.isoformat()},
    )
    migrate(engine)
    held = SqlStore(engine).leases.held("worker")
    assert held is not None
    assert held.since == NOW
    engine.close()
