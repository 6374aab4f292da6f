"""Whoever leaves is gone from every table: nothing holds their pseudonym or their openid."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.followers import Followers
from bot.privacy import REACHABLE, Pseudonyms, Seal
from bot.respond import Base
from bot.store.api_reception import PromiseRow
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.talk import Talk
from bot.types import Message

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
OPENID = "oAnnaTheResident00000000000"
ANNA, BERT = map(Pseudonyms("k" * 32), (OPENID, "oBertTheNeighbour0000000000"))
PERSONAL_COLUMNS = frozenset({"sender", "person", "recipient", "chat"})
"""Columns that hold a resident. A new table with one must be filled here."""
STAFF = frozenset({"kb_drafts", "kb_jobs"})
"""Tables in which a person is one of the staff, by name."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(path)
    yield opened
    opened.close()


def live(store: SqlStore, talk: Talk, person: str, openid: str) -> None:
    """Everything a resident can leave behind."""

    def say(text: str, kind: str = "text", **fields: str) -> None:
        message = Message(
            key=f"{openid}{text}{fields}"[-60:], channel="mp:demo", sender=person, chat=person,
            chat_type="private", kind=kind, text=text, **fields,  # type: ignore[arg-type]
        )  # fmt: skip
        talk(message).keep()

    clock = FixedClock(NOW)
    seal = Seal("k" * 32, REACHABLE)
    say("", kind="event", event="subscribe", event_key="jinxiu-garden")
    say("客服说卡号填错了，要交解冻费才放款")
    say("123456")
    say("退订")
    say("useful", kind="event", event="feedback", event_key="m1")
    Followers("demo", store, seal, lambda: True, clock).wrote(person, openid, NOW)
    store.promises.add(PromiseRow("mp:demo", f"{openid}p", person, seal.close(openid), NOW, 0))
    store.paces.admits("mp:demo", person, 20, NOW)
    store.cool_downs.take("mp:demo", person, "too_many", timedelta(minutes=1), NOW)
    for delivery in ("edition/g1", "edition/g2"):
        store.recipients.begin(delivery, person, NOW)
        store.recipients.end(delivery, person, "sent", "", NOW)


def tables(path: Path) -> dict[str, tuple[set[str], list[tuple[object, ...]]]]:
    """Columns and rows of every table there is."""
    with sqlite3.connect(path) as opened:
        names = [r[0] for r in opened.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        found = {}
        for name in names:
            rows = opened.execute(f"SELECT * FROM {name}")  # names from the schema
            found[name] = ({column[0] for column in rows.description}, rows.fetchall())
    opened.close()
    return found


def holding(path: Path, *traces: str) -> set[str]:
    return {
        name
        for name, (_, rows) in tables(path).items()
        if any(trace in str(value) for row in rows for value in row for trace in traces)
    }


def test_who_leaves_is_in_no_table_any_more(
    store: SqlStore, path: Path, spelling_base: Base
) -> None:
    talk = Talk(lambda: spelling_base, store, FixedClock(NOW))
    live(store, talk, ANNA, OPENID)
    live(store, talk, BERT, "oBertTheNeighbour0000000000")
    of_people = {
        name
        for name, (columns, _) in tables(path).items()
        if columns & PERSONAL_COLUMNS and name not in STAFF
    }
    assert holding(path, ANNA) == of_people
    leaving = Message(
        key="bye", channel="mp:demo", sender=ANNA, chat=ANNA, chat_type="private",
        kind="event", event="unsubscribe",
    )  # fmt: skip
    judged = talk(leaving)
    assert judged.reply.text is None
    judged.keep()
    assert holding(path, ANNA) == set()
    assert holding(path, BERT) == of_people


def test_who_left_still_counts_in_what_was_sent(store: SqlStore, path: Path) -> None:
    for person in (ANNA, BERT):
        store.recipients.begin("d", person, NOW)
        store.recipients.end("d", person, "sent", "", NOW)
    store.forget_person("mp:demo", ANNA)
    assert store.recipients.counts("d") == {"sent": 2}
    assert holding(path, ANNA) == set()
