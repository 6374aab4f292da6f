"""The steps of the message flow over the real base: events, kinds, groups, numbers, talks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answer.assurance import find_assurance
from bot.conversation import State
from bot.respond import Base, respond
from bot.types import Answer, ChatType, Message

MESSAGE = Message(
    key="1", channel="mp:demo", sender="s", chat="c", chat_type="private", kind="text"
)
ETC_STORY = "短信说ETC失效让点链接填验证码"
NEXT_DAY = "，车是我老公的，平时都是他开，短信是今天早上收到的，号码是一串看不懂的数字"


def play(base: Base, *texts: str, chat: ChatType = "private") -> tuple[list[Answer], State]:
    state = State()
    answers = []
    for text in texts:
        answer, state = respond(replace(MESSAGE, text=text, chat_type=chat), state, base)
        assert answer.reply is not None
        assert find_assurance(answer.reply) is None
        answers.append(answer)
    return answers, state


@pytest.mark.parametrize("event", ["subscribe", "enter_chat", "scan"])
def test_who_comes_in_is_greeted(spelling_base: Base, event: str) -> None:
    message = replace(MESSAGE, kind="event", event=event)
    answer, state = respond(message, State(), spelling_base)
    assert answer.reply is not None
    assert "反诈小助手" in answer.reply
    assert state == State(asked="welcome")


@pytest.mark.parametrize("key", ["MENU_ASK", "MENU_REPORT", "MENU_CHECK", "SOMETHING_ELSE"])
def test_every_menu_key_is_answered(spelling_base: Base, key: str) -> None:
    message = replace(MESSAGE, kind="event", event="click", event_key=key)
    assert respond(message, State(), spelling_base)[0].reply


def test_the_menu_for_help_says_110_first(spelling_base: Base) -> None:
    message = replace(MESSAGE, kind="event", event="click", event_key="MENU_HELP")
    reply = respond(message, State(), spelling_base)[0].reply
    assert reply is not None
    assert "110" in reply.splitlines()[0]


def test_other_events_are_met_with_silence(spelling_base: Base) -> None:
    message = replace(MESSAGE, kind="event", event="LOCATION")
    assert respond(message, State(), spelling_base)[0].silent


@pytest.mark.parametrize("kind", ["image", "other", "voice"])
def test_what_cannot_be_read_asks_for_words_and_keeps_the_talk(
    spelling_base: Base, kind: str
) -> None:
    before = State(text="他让我交钱", verdict="scam")
    message = replace(MESSAGE, kind=kind)  # type: ignore[arg-type]
    answer, state = respond(message, before, spelling_base)
    assert answer.reply
    assert state == before


def test_recognised_speech_is_judged_like_words(spelling_base: Base) -> None:
    message = replace(MESSAGE, kind="voice", text="公安局说我涉嫌洗钱让我把钱转到安全账户")
    assert respond(message, State(), spelling_base)[0].verdict.positive


def test_in_a_group_it_is_silent_unless_mentioned(spelling_base: Base) -> None:
    text = "公安局说我涉嫌洗钱让我把钱转到安全账户"
    message = replace(MESSAGE, text=text, chat_type="group", mentioned=False)
    answer, _ = respond(message, State(), spelling_base)
    assert answer.silent
    assert answer.verdict.positive
    assert not respond(replace(message, mentioned=True), State(), spelling_base)[0].silent


def test_every_answer_carries_the_revision_that_gave_it(spelling_base: Base) -> None:
    (answer,), _ = play(spelling_base, "你好")
    assert answer.kb == spelling_base.revision != ""


def test_a_number_answers_the_question(real_base: Base) -> None:
    answers, state = play(real_base, "123456", "1")
    assert answers[0].verdict.name == "unknown"
    assert answers[1].verdict.positive
    assert state.asked == ""


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_whatever_number_is_picked_it_is_a_warning_with_what_to_do(
    spelling_base: Base, number: str
) -> None:
    answers, _ = play(spelling_base, "123456", number)
    assert answers[1].verdict.positive
    assert answers[1].reply is not None
    assert "110" in answers[1].reply


def test_a_number_picks_one_of_the_tactics_offered(spelling_base: Base) -> None:
    offered = ("loan-card-unfreeze", "phishing-etc")
    state = State(text="有人找我", verdict="unknown", asked="choices", choices=offered)
    answer, following = respond(replace(MESSAGE, text="2"), state, spelling_base)
    assert (answer.verdict.name, answer.verdict.entry) == ("scam", "phishing-etc")
    assert following.choices == ()


def test_a_number_without_a_question_picks_nothing(spelling_base: Base) -> None:
    (answer,), _ = play(spelling_base, "2")
    assert answer.verdict.name == "unknown"


def test_a_new_question_drops_the_old_one(real_base: Base) -> None:
    answers, state = play(real_base, "123456", "96110是什么")
    assert answers[1].verdict.name == "info"
    assert state.asked == ""


def test_a_fragment_is_read_with_what_was_said_before(real_base: Base) -> None:
    answers, _ = play(real_base, "有人介绍我网上贷款，说不看征信", "他说要先交500解冻费才放款")
    assert answers[1].verdict.positive
    assert answers[1].verdict.category == "loan"


def test_another_topic_is_answered_by_itself(real_base: Base) -> None:
    answers, _ = play(
        real_base, "群里让我垫钱做任务刷单", "国家反诈中心APP怎么装", ETC_STORY + NEXT_DAY
    )
    assert answers[1].verdict.name == "info"
    assert answers[2].verdict.positive
    assert answers[2].verdict.category == "phishing"


def test_a_short_new_story_is_not_taken_for_the_old_one(real_base: Base) -> None:
    answers, _ = play(real_base, "群里让我垫钱做任务刷单", ETC_STORY)
    assert answers[1].verdict.category == "phishing"


def test_an_emergency_is_heard_in_the_third_turn(real_base: Base) -> None:
    answers, _ = play(
        real_base,
        "我想在网上贷款",
        "客服说卡号填错了，要交解冻费才放款",
        "我刚把三千块转给他了，怎么办",
    )
    assert answers[2].verdict.name == "emergency"
    assert answers[2].reply is not None
    assert "110" in answers[2].reply.splitlines()[0]


def test_thanks_end_nothing(real_base: Base) -> None:
    answers, _ = play(
        real_base, "客服说卡号填错了，要交解冻费才放款", "谢谢", "我刚把三千块转给他了，怎么办"
    )
    assert not answers[1].verdict.positive
    assert answers[2].verdict.name == "emergency"


def test_pressing_on_after_a_warning_gets_no_assurance(real_base: Base) -> None:
    play(
        real_base,
        "公安局让我把钱转到安全账户",
        "他给我看了警官证，应该没问题吧",
        "你就说能不能转",
        "我已经决定了，你说一句可以放心就行",
    )


def test_a_quiz_is_asked_and_the_number_judged(spelling_base: Base) -> None:
    (asked,), state = play(spelling_base, "来个反诈小测")
    assert asked.verdict.entry == "quiz"
    assert state.asked == "quiz"
    question = next(q for q in spelling_base.lexicon.quiz if q.id == state.quiz)
    right, after_right = respond(replace(MESSAGE, text=str(question.answer)), state, spelling_base)
    other = question.answer % 3 + 1
    wrong, _ = respond(replace(MESSAGE, text=str(other)), state, spelling_base)
    assert right.reply is not None
    assert wrong.reply is not None
    assert question.explain in right.reply
    assert question.explain in wrong.reply
    assert right.reply != wrong.reply
    assert after_right.asked == ""


def test_the_next_quiz_is_another_one(spelling_base: Base) -> None:
    answers, _ = play(spelling_base, "来个反诈小测", "再来一题反诈小测")
    if answers[1].verdict.entry == "quiz":
        assert answers[0].reply != answers[1].reply


def test_a_scam_told_during_a_quiz_is_a_scam(spelling_base: Base) -> None:
    answers, state = play(spelling_base, "来个反诈小测", "公安局让我把钱转到安全账户")
    assert answers[1].verdict.positive
    assert state.asked == ""


def test_group_replies_are_short_whatever_is_said(real_base: Base) -> None:
    answers, _ = play(
        real_base,
        "13812345678让我把钱转到安全账户",
        "123456",
        "1",
        "我刚转了三万",
        "96110是什么",
        "13812345678是骗子吗",
        chat="group",
    )
    for answer in answers:
        assert answer.reply is not None
        assert len(answer.reply) <= 120
        assert "13812345678" not in answer.reply


def test_after_despair_comes_care_and_not_what_the_bot_is_for(spelling_base: Base) -> None:
    answers, _ = play(spelling_base, "被骗光了，不想活了", "我姐过来陪我了")

    assert answers[1].verdict.subject == "care"
    assert "12356" in (answers[1].reply or "")


def test_words_for_the_family_are_the_entrys_own(spelling_base: Base) -> None:
    (answer,), _ = play(spelling_base, "帮我写几句发家族群，说刷单的")

    scripts = {entry.script for entry in spelling_base.judge.knowledge.entries}
    assert answer.verdict.name == "info"
    assert (answer.reply or "").partition("\n")[2] in scripts


def test_pressed_for_certainty_after_a_warning_the_warning_stands(spelling_base: Base) -> None:
    story = "群里有个老师带我炒股，说稳赚不赔，让我下载一个app把钱充进去"
    answers, _ = play(spelling_base, story, "你就告诉我能不能投，一句话")

    assert answers[1].verdict.positive


def test_one_talk_may_ask_about_several_things(encoder_base: Base) -> None:
    answers, _ = play(
        encoder_base,
        "我想刷单",
        "公司要我先垫付出差的机票回来报销",
        "收到95588短信说我信用卡本期账单2300元",
        "孩子学校让交校服钱",
        "银行发短信说我的定期到期了",
    )

    assert [answer.verdict.positive for answer in answers] == [True, *[False] * 4]
