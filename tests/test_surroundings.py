"""Who comes by a community's QR code is greeted with its name and counted; menu keys name the
station and the last warning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.answer.assurance import find_assurance
from bot.answer.local import Around, Place
from bot.broadcasting.published import Publications
from bot.clock import FixedClock
from bot.config import Station
from bot.conversation import State
from bot.kb.model import AUDIENCES
from bot.respond import Base, respond
from bot.store.api import ArrivalRow
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.surroundings import Surroundings
from bot.talk import Talk
from bot.types import Message
from bot.warnings import Published
from tests.warning_fakes import book, group

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
"""Already the 25th in Shanghai."""

EVENT = Message(
    key="e", channel="mp:demo", sender="anna", chat="anna", chat_type="private", kind="event"
)
TOWN = book(group("jinxiu"), group("lanting"))
WARNING = Published("123456", "刷单", "示范所", date(2026, 11, 23), "先垫钱的都是诈骗。", False)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(tmp_path / "bot.db")
    yield opened
    opened.close()


@pytest.fixture
def surroundings(store: SqlStore) -> Surroundings:
    zone = ZoneInfo("Asia/Shanghai")
    return Surroundings(
        Station("示范所", "0571-12345678"),
        {"mp:demo": {"7": "lanting"}},
        lambda: TOWN,
        Publications(store, FixedClock(NOW), "示范所", zone),
        store,
        zone,
    )


def comes(event: str, scene: str = "", channel: str = "mp:demo", key: str = "e") -> Message:
    return replace(EVENT, event=event, event_key=scene, channel=channel, key=key)


def test_a_code_names_its_community_by_id_or_by_number(surroundings: Surroundings) -> None:
    places = [surroundings(comes("subscribe", scene)).place for scene in ("jinxiu", "7", "8", "")]
    assert [place.id if place else None for place in places] == ["jinxiu", "lanting", None, None]


def test_arrivals_are_counted_by_community_and_day_without_a_person(
    surroundings: Surroundings, store: SqlStore, spelling_base: Base
) -> None:
    talk = Talk(lambda: spelling_base, store, FixedClock(NOW), surroundings=surroundings)
    for message in (
        comes("subscribe", "jinxiu"),
        comes("subscribe", "7"),
        comes("scan", "7"),
        comes("subscribe", "oSomebodysOwnWords"),
        comes("subscribe", channel="wecom:station"),
        comes("click", "MENU_ASK"),
    ):
        talk(message).keep()
    assert store.arrivals.since(date(2026, 11, 25)) == (
        ArrivalRow("mp:demo", "lanting", 1, 1),
        ArrivalRow("mp:demo", "", 1, 0),
        ArrivalRow("mp:demo", "jinxiu", 1, 0),
    )
    assert store.arrivals.since(date(2026, 11, 26)) == ()


@pytest.mark.parametrize("audience", sorted(AUDIENCES))
def test_each_audience_is_greeted_in_its_own_words(spelling_base: Base, audience: str) -> None:
    around = Around(place=Place("jinxiu", "锦绣花园业主群", (audience,)))
    answer, state = respond(comes("subscribe", "jinxiu"), State(), spelling_base, around=around)
    assert answer.reply is not None
    assert "锦绣花园业主群" in answer.reply
    assert spelling_base.lexicon.say(f"events.tip.{audience}") in answer.reply
    assert len(answer.reply) <= 200
    assert find_assurance(answer.reply) is None
    assert state.asked == "welcome"


@pytest.mark.parametrize(("number", "words"), [("1", "原话"), ("2", "110"), ("3", "反诈小测")])
def test_the_greetings_numbers_are_answered(spelling_base: Base, number: str, words: str) -> None:
    _, state = respond(comes("subscribe"), State(), spelling_base)
    said = replace(EVENT, kind="text", text=number)
    answer, after = respond(said, state, spelling_base)
    assert answer.reply is not None
    assert words in answer.reply.splitlines()[0]
    assert after.asked == ("quiz" if number == "3" else "")


def test_a_question_instead_of_a_number_is_judged(spelling_base: Base) -> None:
    _, state = respond(comes("subscribe"), State(), spelling_base)
    said = replace(EVENT, kind="text", text="群里让我先垫付300做任务，做完返本金和佣金")
    answer, after = respond(said, state, spelling_base)
    assert answer.verdict.positive
    assert after.asked != "welcome"


def press(base: Base, key: str, around: Around) -> str:
    answer, _ = respond(comes("click", key), State(), base, around=around)
    assert answer.reply is not None
    assert find_assurance(answer.reply) is None
    return answer.reply


def test_the_menu_names_the_station_and_its_number(
    surroundings: Surroundings, spelling_base: Base
) -> None:
    around = surroundings(comes("click", "MENU_POLICE"))
    reply = press(spelling_base, "MENU_POLICE", around)
    assert all(word in reply for word in ("110", "96110", "示范所", "0571-12345678"))
    without = press(spelling_base, "MENU_POLICE", replace(around, phone=""))
    assert "示范所" in without
    assert "：。" not in without


def test_the_menu_shows_the_last_warning_or_says_that_there_is_none(spelling_base: Base) -> None:
    reply = press(spelling_base, "MENU_WEEKLY", Around(weekly=WARNING))
    assert "先垫钱的都是诈骗。" in reply
    assert "2026年11月23日" in reply
    long = replace(WARNING, body="字" * 3000)
    assert len(press(spelling_base, "MENU_WEEKLY", Around(weekly=long)).encode()) <= 2000
    assert "还没有发过" in press(spelling_base, "MENU_WEEKLY", Around())


def test_the_menu_starts_the_quiz_and_its_number_is_judged(spelling_base: Base) -> None:
    answer, state = respond(comes("click", "MENU_QUIZ"), State(), spelling_base)
    assert answer.reply is not None
    assert state.asked == "quiz"
    answer, _ = respond(replace(EVENT, kind="text", text="1"), state, spelling_base)
    assert answer.verdict.subject == "quiz:1"
