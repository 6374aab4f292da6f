"""Talks over a real store: remembered, forgotten, and nothing personal in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.conversation import is_fragment
from bot.privacy import Pseudonyms
from bot.respond import Base
from bot.store.asked import AnswerSearch
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.talk import Manners, Talk
from bot.types import Message, Reply

OPENID = "oABCdef0123456789openid"
PSEUDONYM = Pseudonyms("k" * 32)
LOAN = "客服说卡号填错了，要交解冻费才放款"
PAID = "我刚把三千块转给他了，怎么办"
Say = Callable[..., str | None]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 20, 4, 0, tzinfo=UTC))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    opened = open_sqlite(path)
    yield opened
    opened.close()


def talker(store: SqlStore, base: Base, clock: FixedClock) -> Say:
    talk = Talk(lambda: base, store, clock)
    number = 0

    def say(text: str, who: str = OPENID, **fields: str) -> str | None:
        nonlocal number
        number += 1
        message = {
            "key": f"{who[-4:]}-{number}",
            "channel": "mp:demo",
            "sender": PSEUDONYM(who),
            "chat": PSEUDONYM("chat"),
            "chat_type": "private",
            "kind": "text",
        }
        judged = talk(Message(**{**message, **fields}, text=text))  # type: ignore[arg-type]
        judged.keep()
        return judged.reply.text

    return say


@pytest.fixture
def say(store: SqlStore, spelling_base: Base, clock: FixedClock) -> Say:
    return talker(store, spelling_base, clock)


def first_line(reply: str | None) -> str:
    assert reply is not None
    return reply.splitlines()[0]


def test_a_talk_goes_on_in_another_process(
    path: Path, spelling_base: Base, clock: FixedClock
) -> None:
    store = open_sqlite(path)
    asked = talker(store, spelling_base, clock)("123456")
    store.close()
    assert asked is not None
    assert "1 " in asked
    reopened = open_sqlite(path)
    try:
        reply = talker(reopened, spelling_base, clock)("1")
    finally:
        reopened.close()
    assert reply is not None
    assert "看不出来" not in reply
    assert "110" in reply


def test_an_emergency_is_heard_in_the_third_turn(say: Say) -> None:
    say("我想在网上贷款")
    say(LOAN)
    assert "110" in first_line(say(PAID))


def test_after_half_an_hour_the_question_is_forgotten(say: Say, clock: FixedClock) -> None:
    say("123456")
    clock.advance(31 * 60)
    assert "看不出来" in first_line(say("1"))


def test_within_half_an_hour_it_is_not(say: Say, clock: FixedClock) -> None:
    say("123456")
    clock.advance(29 * 60)
    assert "看不出来" not in first_line(say("1"))


def test_two_people_in_one_chat_do_not_answer_for_each_other(say: Say) -> None:
    say("123456", who="oFirst0001")
    assert "看不出来" in first_line(say("1", who="oSecond002"))


def test_one_person_in_two_chats_has_two_talks(say: Say) -> None:
    say("123456", chat="one")
    assert "看不出来" in first_line(say("1", chat="two"))


def test_who_leaves_is_forgotten_and_not_answered(say: Say, store: SqlStore) -> None:
    say(LOAN)
    sender = PSEUDONYM(OPENID)
    assert store.conversations.get("mp:demo", PSEUDONYM("chat"), sender) is not None
    assert say("", kind="event", event="unsubscribe") is None
    assert store.conversations.get("mp:demo", PSEUDONYM("chat"), sender) is None


def test_a_leaving_neighbour_does_not_take_my_talk_along(say: Say, store: SqlStore) -> None:
    say(LOAN)
    say("", who="oOther00001", kind="event", event="unsubscribe")
    assert store.conversations.get("mp:demo", PSEUDONYM("chat"), PSEUDONYM(OPENID)) is not None


def test_what_nobody_could_answer_is_kept_scrubbed(say: Say, store: SqlStore) -> None:
    say("13812345678是骗子吗")
    (row,) = store.answers.unanswered(5)
    assert "13812345678" not in row.scrubbed
    assert "骗子" in row.scrubbed


def file_bytes(path: Path) -> bytes:
    return b"".join(part.read_bytes() for part in path.parent.glob(path.name + "*"))


def test_nothing_personal_stands_in_the_file(
    path: Path, spelling_base: Base, clock: FixedClock
) -> None:
    store = open_sqlite(path)
    say = talker(store, spelling_base, clock)
    say("13987654321是骗子吗")
    say("客服13987654321让我把6222021234567890123里的钱转到安全账户，微信号zhangsan_1988")
    say("他身份证330106199001011234，邮箱zhang.san@example.com，还让我点http://a-b.top/pay?u=77001")
    say("96110是什么")
    say("", kind="event", event="subscribe")
    found = file_bytes(path)
    store.close()
    found += file_bytes(path)
    for secret in (
        OPENID,
        "13987654321",
        "6222021234567890123",
        "330106199001011234",
        "zhangsan_1988",
        "zhang.san@example.com",
        "u=77001",
    ):
        assert secret.encode() not in found, secret


def test_after_leaving_the_words_are_no_longer_in_the_file(
    path: Path, spelling_base: Base, clock: FixedClock
) -> None:
    store = open_sqlite(path)
    say = talker(store, spelling_base, clock)
    say("村口王师傅的木偶戏班让我先交解冻费才放款")
    say("", kind="event", event="unsubscribe")
    store.close()
    assert "木偶戏班".encode() not in file_bytes(path)


def test_a_text_stays_with_its_answer_only_as_long_as_answers_are_kept(
    path: Path, spelling_base: Base, clock: FixedClock
) -> None:
    store = open_sqlite(path)
    say = talker(store, spelling_base, clock)
    say("谢谢木偶戏班")
    assert [row.scrubbed for row in store.answer_log.find(AnswerSearch(), 5)] == ["谢谢木偶戏班"]
    now = clock.now()
    store.forget(now + timedelta(seconds=1), now + timedelta(days=90))
    store.close()
    assert "木偶戏班".encode() not in file_bytes(path)


CERTAIN_SCAM = (
    "【招聘】在家做单日结，先垫付300元做任务，完成返本金加佣金，充值越多返得越多，加群领任务"
)


@pytest.fixture
def neighbours(store: SqlStore, spelling_base: Base, clock: FixedClock) -> Callable[..., Any]:
    """Someone writes in a group without mentioning the bot; what it says of its own accord."""
    number = 0

    def begin(**manners: Any) -> Callable[..., str | None]:
        talk = Talk(lambda: spelling_base, store, clock, manners=Manners(**manners))

        def write(text: str, chat: str = "group", who: str = "wang", **more: Any) -> str | None:
            nonlocal number
            number += 1
            message = Message(
                f"{number}", "gateway:d", who, chat, "group", "text", text, mentioned=False
            )
            judged = talk(replace(message, **more))
            judged.keep()
            return judged.reply.text

        return write

    return begin


def test_in_a_group_it_speaks_unasked_only_where_it_may(neighbours: Any) -> None:
    assert neighbours()(CERTAIN_SCAM) is None
    allowed = neighbours(speak_unasked=True, silent=frozenset({"quiet"}))

    assert allowed(CERTAIN_SCAM, chat="quiet") is None
    said = allowed(CERTAIN_SCAM)
    assert said is not None
    assert len(said) <= 120
    assert "诈骗" in said


def test_what_staff_set_for_one_group_goes_before_the_configuration(
    neighbours: Any, store: SqlStore
) -> None:
    closed, open_ = neighbours(), neighbours(speak_unasked=True, silent=frozenset({"noisy"}))
    store.chats.set("gateway:d", "finance", "财务群", "on")
    store.chats.set("gateway:d", "quiet", "", "off")
    store.chats.set("gateway:d", "noisy", "", "on")

    assert closed(CERTAIN_SCAM, chat="finance")
    assert closed(CERTAIN_SCAM, chat="other") is None
    assert open_(CERTAIN_SCAM, chat="quiet") is None
    assert open_(CERTAIN_SCAM, chat="noisy")
    store.chats.set("gateway:d", "finance", "财务群", "off")
    assert closed(CERTAIN_SCAM, chat="finance", who="li") is None


def test_the_groups_it_hears_are_noted_once_a_day_and_nothing_of_what_they_say(
    neighbours: Any, store: SqlStore, clock: FixedClock, path: Path
) -> None:
    write = neighbours()
    for text in ("晚上广场舞", CERTAIN_SCAM):
        write(text)
    write("在吗", chat="other", mentioned=True)
    rows = {row.chat: row for row in store.chats.all()}

    assert set(rows) == {"group", "other"}
    assert rows["group"].seen_on == clock.now().date()
    clock.advance(24 * 3600)
    write("早上好")
    row = store.chats.one("gateway:d", "group")
    assert row is not None
    assert row.seen_on == clock.now().date()
    store.chats.set("gateway:d", "other", "", "on")
    store.forget(clock.now() + timedelta(days=2), clock.now())
    assert [row.chat for row in store.chats.all()] == ["other"], "what was set is not forgotten"


def test_it_does_not_say_the_same_again_before_the_cool_down_is_over(
    neighbours: Any, clock: FixedClock
) -> None:
    write = neighbours(speak_unasked=True, cool_down=timedelta(minutes=30))
    assert write(CERTAIN_SCAM)
    clock.advance(29 * 60)
    assert write(CERTAIN_SCAM, who="li") is None
    assert write(CERTAIN_SCAM, chat="another group")
    assert write(CERTAIN_SCAM, who="li", mentioned=True), "who asks is answered"
    clock.advance(2 * 60)
    assert write(CERTAIN_SCAM)


@pytest.mark.parametrize(
    "text",
    [
        "今晚八点小区广场舞",
        "物业费怎么交",
        "快递放门卫了",
        "听说最近骗子多，大家小心",
        "刷单是什么",
    ],
)
def test_it_keeps_out_of_what_neighbours_tell_each_other(neighbours: Any, text: str) -> None:
    assert neighbours(speak_unasked=True)(text) is None


def test_what_neighbours_say_is_not_kept_as_a_question(neighbours: Any, store: SqlStore) -> None:
    neighbours(speak_unasked=True)("13812345678是骗子吗")

    assert store.unanswered.unanswered(5) == ()


def test_a_reply_in_a_group_repeats_nothing_of_the_speaker(neighbours: Any) -> None:
    write = neighbours(speak_unasked=True)
    text = f"我是3栋502的王秀英，电话13812345678，收到：{CERTAIN_SCAM}，我都转了2600了"

    said = write(text, mentioned=True)

    assert said is not None
    for personal in ("王秀英", "502", "13812345678", "2600"):
        assert personal not in said


def test_opinions_on_an_answer_are_kept_with_it(
    store: SqlStore, spelling_base: Base, clock: FixedClock
) -> None:
    talk = Talk(lambda: spelling_base, store, clock)

    def think(opinion: str, who: str = "anna", about: str = "m1") -> None:
        message = Message(
            f"f{opinion}{who}",
            "aibot:demo",
            who,
            "c",
            "private",
            "event",
            opinion,
            "feedback",
            about,
        )
        judged = talk(message)
        judged.keep()
        assert judged.reply.text is None

    think("useful")
    think("useless", "bert")
    think("useful", "carl")
    assert store.feedback.of("aibot:demo", "m1") == (2, 1)
    think("useless")
    think("withdrawn", "carl")
    think("", "dora")
    think("useful", "dora", about="")
    assert store.feedback.of("aibot:demo", "m1") == (0, 2)


def test_a_tapped_button_is_the_choice_also_when_the_talk_is_forgotten(
    store: SqlStore, spelling_base: Base, clock: FixedClock
) -> None:
    talk = Talk(lambda: spelling_base, store, clock)
    first, second, *_ = spelling_base.lexicon.entries

    def tap(key: str) -> Reply:
        return talk(
            Message(f"t{key}", "aibot:demo", "a", "a", "private", "event", "", "choose", key)
        ).reply

    reply = tap(f"2:{first}:{second}")
    assert reply.verdict == "scam"
    assert reply.text is not None
    assert spelling_base.lexicon.entries[second].title in reply.text
    assert [choice.key for choice in reply.choices] == [
        f"1:{first}:{second}",
        f"2:{first}:{second}",
    ]
    for odd in ("", "1", "3:a:b", "0:x", f"9:{first}", "１:x", "-1:x", "1:removed-entry"):
        assert tap(odd).text is None


def picture(text: str = "", **more: str) -> dict[str, str]:
    return {"text": text, "kind": "image", **more}


@pytest.fixture(scope="session")
def halves(spelling_base: Base) -> tuple[str, str]:
    """A told scam in two parts, of which the second says nothing by itself."""
    rows = (
        Path(__file__).parent.joinpath("data/own/questions.jsonl").read_text("utf-8").splitlines()
    )
    for text in (json.loads(row)["text"] for row in rows):
        for cut in (match.start() for match in re.finditer("[，。]", text)):
            first, second = text[:cut], text[cut + 1 :]
            alone = spelling_base.judge(second)
            if alone.name != "unknown" or alone.signs or is_fragment(second):
                continue
            if spelling_base.judge(f"{first}。{second}").name == "scam":
                return first, second
    raise AssertionError("no text of the sample falls into two such parts")


def test_two_screenshots_in_a_row_are_one_story(say: Say, halves: tuple[str, str]) -> None:
    alone = say(**picture(halves[1]), who="oAnother01")
    _, second = (say(**picture(half)) for half in halves)

    assert "诈骗" not in first_line(alone)
    assert "诈骗" in first_line(second)


@pytest.mark.parametrize("pictured", [0, 1])
def test_a_picture_and_what_is_said_about_it_belong_together(
    say: Say, halves: tuple[str, str], pictured: int
) -> None:
    forms = [{"text": half} for half in halves]
    forms[pictured]["kind"] = "image"
    _, second = (say(**form) for form in forms)

    assert "诈骗" in first_line(second)


def test_two_messages_without_a_picture_are_two(say: Say, halves: tuple[str, str]) -> None:
    _, second = (say(half) for half in halves)

    assert "诈骗" not in first_line(second)


def test_a_number_on_a_picture_picks_nothing(say: Say) -> None:
    say("123456")

    assert "看不出来" in first_line(say(**picture("1")))


@pytest.mark.parametrize(
    "trouble", ["no_words", "too_slow", "too_large", "broken", "not_installed"]
)
def test_a_picture_that_was_not_read_gets_a_kind_answer_of_its_own(
    say: Say, spelling_base: Base, trouble: str
) -> None:
    assert say(**picture(trouble=trouble)) == spelling_base.lexicon.say(f"pictures.{trouble}")


def test_words_beside_an_unread_picture_are_answered_where_they_tell_enough(
    say: Say, spelling_base: Base
) -> None:
    told = say(text=LOAN, trouble="too_slow")
    untold = say(text="帮看看", who="oSomeone01", trouble="too_slow")

    assert told is not None
    assert "诈骗" in told
    assert untold == spelling_base.lexicon.say("pictures.too_slow")


@pytest.mark.parametrize("kind", ["voice", "video", "location", "file", "card", "record", "other"])
def test_what_has_no_words_gets_an_answer_of_its_kind(
    say: Say, spelling_base: Base, kind: str
) -> None:
    assert say("", kind=kind) == spelling_base.lexicon.say(f"kinds.{kind}")


def test_a_card_or_record_that_tells_something_is_judged(say: Say, spelling_base: Base) -> None:
    assert "诈骗" in str(say("先垫钱刷单返利，做任务充值越多返得越多", kind="record"))
    assert say("群聊的聊天记录", kind="record") == spelling_base.lexicon.say("kinds.record")
    assert say("a.apk", kind="file") == spelling_base.lexicon.say("kinds.file")


@pytest.mark.parametrize(
    "heard",
    [
        "他说我涉嫌洗钱要我把钱转到安全帐户不然就来抓我",
        "有个人加我为信说刷但返利先垫三百块钱做完就返给我",
        "客服打电话来说我开了百万保证要共享屏目才能关掉",
    ],
)
def test_speech_without_marks_and_with_its_typical_errors_is_understood(
    say: Say, heard: str
) -> None:
    reply = str(say(heard, kind="voice"))
    assert "诈骗" in reply or "被骗" in reply


def test_after_leaving_questions_and_replies_are_gone_but_still_counted(
    say: Say, store: SqlStore, clock: FixedClock
) -> None:
    say("木偶戏班的那个是什么")
    say(LOAN)
    say(LOAN, who="oOther00001")
    say("", kind="event", event="unsubscribe")
    rows = store.answer_log.find(AnswerSearch(), 5)
    assert sorted(row.scrubbed for row in rows) == ["", "", LOAN]
    assert sorted(bool(row.reply) for row in rows) == [False, False, True]
    assert store.unanswered.count() == 0
    assert sum(store.answers.tally(clock.now()).values()) == 3
