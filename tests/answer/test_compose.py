"""What each verdict becomes in words: every entry, stage and guide of the real base."""

from __future__ import annotations

import pytest

from bot.answer.assurance import ASSURANCES, find_assurance
from bot.answer.compose import compose, finish, numbered
from bot.answer.guard import fit_for_group, quotable
from bot.answer.lexicon import Lexicon, lexicon_of
from bot.kb.model import STAGES, Entry, Knowledge
from bot.kb.templates import GROUP_LIMIT, INFO_LIMIT, PRIVATE_LIMIT
from bot.types import ChatType, Verdict, VerdictName

MOST_BYTES = 2048
LONG_QUOTE = "把钱都转到他说的那个账户里去"


@pytest.fixture(scope="session")
def lexicon(real_knowledge: Knowledge) -> Lexicon:
    return lexicon_of(real_knowledge)


def said(verdict: Verdict, chat: ChatType, lexicon: Lexicon) -> str:
    reply = finish(compose(verdict, chat, lexicon), chat)
    assert find_assurance(reply) is None
    assert len(reply.encode()) <= MOST_BYTES
    assert "{" not in reply
    assert "。。" not in reply
    return reply


def about(entry: Entry, name: VerdictName, *quotes: str) -> Verdict:
    return Verdict(
        name, category=entry.category, entry=entry.id, signs=entry.signs, quotes=tuple(quotes)
    )


@pytest.mark.parametrize("name", ["scam", "suspicious"])
@pytest.mark.parametrize("quotes", [(), ("验证码",), (LONG_QUOTE,)])
def test_every_entry_is_told_on_one_screen(
    real_knowledge: Knowledge, lexicon: Lexicon, name: VerdictName, quotes: tuple[str, ...]
) -> None:
    for entry in real_knowledge.entries:
        reply = said(about(entry, name, *quotes), "private", lexicon)
        assert len(reply) <= PRIVATE_LIMIT, entry.id
        for habit in ("不轻信", "不透露", "不转账"):
            assert habit in reply, entry.id
        assert "110" in reply, entry.id
        first = reply.splitlines()[0]
        assert first.startswith("这是诈骗" if name == "scam" else "很像诈骗"), entry.id
        assert entry.title in first, entry.id
        assert entry.why in reply, entry.id


@pytest.mark.parametrize("name", ["scam", "suspicious"])
def test_every_entry_is_told_short_and_impersonal_in_groups(
    real_knowledge: Knowledge, lexicon: Lexicon, name: VerdictName
) -> None:
    for entry in real_knowledge.entries:
        reply = said(about(entry, name, LONG_QUOTE), "group", lexicon)
        assert len(reply) <= GROUP_LIMIT, entry.id
        assert "110" in reply, entry.id
        assert LONG_QUOTE not in reply, entry.id


def test_what_was_seen_is_named_in_the_residents_words(
    real_knowledge: Knowledge, lexicon: Lexicon
) -> None:
    short = min(real_knowledge.entries, key=lambda e: len(e.why + e.report + e.not_trust))
    assert "“验证码”" in said(about(short, "scam", "验证码"), "private", lexicon)


def test_without_quotable_words_the_sign_is_told(
    real_knowledge: Knowledge, lexicon: Lexicon
) -> None:
    short = min(real_knowledge.entries, key=lambda e: len(e.why + e.report + e.not_trust))
    verdict = Verdict("scam", entry=short.id, signs=("ask_code",), quotes=("13812345678",))
    reply = said(verdict, "private", lexicon)
    assert lexicon.signs["ask_code"].tell in reply
    assert "138" not in reply


@pytest.mark.parametrize("chat", ["private", "group"])
def test_without_a_tactic_it_is_suspicious_and_says_how_to_verify(
    lexicon: Lexicon, chat: ChatType
) -> None:
    reply = said(Verdict("suspicious", signs=("ask_code",)), chat, lexicon)
    assert "很像诈骗" in reply
    assert "96110" in reply
    assert len(reply) <= (GROUP_LIMIT if chat == "group" else PRIVATE_LIMIT)


@pytest.mark.parametrize("stage", sorted(STAGES))
@pytest.mark.parametrize("quotes", [(), (LONG_QUOTE,)])
def test_every_stage_says_first_what_to_do_and_names_110(
    lexicon: Lexicon, stage: str, quotes: tuple[str, ...]
) -> None:
    private = said(Verdict("emergency", stage=stage, quotes=quotes), "private", lexicon)
    assert len(private) <= PRIVATE_LIMIT
    assert "110" in private
    assert "96110" in private
    group = said(Verdict("emergency", stage=stage, quotes=quotes), "group", lexicon)
    assert len(group) <= GROUP_LIMIT
    assert "110" in group
    assert LONG_QUOTE not in group


@pytest.mark.parametrize("stage", sorted(STAGES - {"life"}))
def test_an_emergency_holds_the_three_habits_and_to_keep_the_evidence(
    lexicon: Lexicon, stage: str
) -> None:
    private = said(Verdict("emergency", stage=stage), "private", lexicon)
    for habit in ("不轻信", "不透露", "不转账"):
        assert habit in private
    assert any(word in private for word in ("别删", "证据", "留着"))


def test_a_life_at_risk_gets_care_and_no_lecture(lexicon: Lexicon) -> None:
    reply = said(Verdict("emergency", stage="life", quotes=("不想活",)), "private", lexicon)
    for line in ("110", "120", "12356"):
        assert line in reply
    for lecture in ("不轻信", "不透露", "不转账", "诈骗", "不想活"):
        assert lecture not in reply


def test_an_emergency_without_a_stage_stops_the_payment(lexicon: Lexicon) -> None:
    assert said(Verdict("emergency"), "private", lexicon) == said(
        Verdict("emergency", stage="paying"), "private", lexicon
    )


def test_every_guide_fits(real_knowledge: Knowledge, lexicon: Lexicon) -> None:
    for guide in real_knowledge.guides:
        name: VerdictName = "off_topic" if guide.verdict == "off_topic" else "info"
        verdict = Verdict(name, entry=guide.id, subject="guide")
        assert len(said(verdict, "private", lexicon)) <= INFO_LIMIT, guide.id
        assert len(said(verdict, "group", lexicon)) <= GROUP_LIMIT, guide.id


@pytest.mark.parametrize("kind", ["ordinary", "question"])
def test_every_ordinary_subject_gets_its_habit_without_alarm(
    real_knowledge: Knowledge, lexicon: Lexicon, kind: str
) -> None:
    for subject in (*real_knowledge.ordinary, None):
        name = subject.subject if subject else "like:nothing"
        verdict = Verdict("info", subject=f"{kind}:{name}")
        reply = said(verdict, "private", lexicon)
        assert len(reply) <= PRIVATE_LIMIT
        assert "诈骗" not in reply
        if subject:
            assert subject.habit in reply
        assert len(said(verdict, "group", lexicon)) <= GROUP_LIMIT


def test_at_most_three_choices_are_numbered(real_knowledge: Knowledge, lexicon: Lexicon) -> None:
    longest = sorted(real_knowledge.entries, key=lambda entry: -len(entry.title))[:3]
    verdict = Verdict("unknown", subject="choices", choices=tuple(e.id for e in longest))
    reply = said(verdict, "private", lexicon)
    assert len(reply) <= PRIVATE_LIMIT
    for number, entry in enumerate(longest, 1):
        assert f"{number} {entry.title}" in reply


def test_a_group_is_offered_no_choices(real_knowledge: Knowledge, lexicon: Lexicon) -> None:
    verdict = Verdict("unknown", subject="choices", choices=(real_knowledge.entries[0].id,))
    reply = said(verdict, "group", lexicon)
    assert real_knowledge.entries[0].title not in reply
    assert len(reply) <= GROUP_LIMIT


@pytest.mark.parametrize("chat", ["private", "group"])
@pytest.mark.parametrize("subject", ["question", "empty", "pressed", "lookup", "choices", None])
def test_what_is_not_known_is_asked_within_the_limits(
    lexicon: Lexicon, chat: ChatType, subject: str | None
) -> None:
    reply = said(Verdict("unknown", subject=subject), chat, lexicon)
    assert len(reply) <= (GROUP_LIMIT if chat == "group" else PRIVATE_LIMIT)


LOOKS = [
    ("official_number", "95588"),
    ("unknown_number", "13812345678"),
    ("foreign_number", "+85212345678"),
    ("official_domain", "www.icbc.com.cn"),
    ("unknown_domain", "a.b.top"),
    ("lookalike_domain", "icbc-vip.top"),
]


@pytest.mark.parametrize(("kind", "what"), LOOKS)
def test_what_was_looked_up_is_told_in_private_and_hidden_in_groups(
    lexicon: Lexicon, kind: str, what: str
) -> None:
    verdict = Verdict("unknown", subject="lookup", looks=((kind, what, "中国工商银行客服"),))
    private = said(verdict, "private", lexicon)
    assert what in private
    assert "96110" in private
    assert len(private) <= PRIVATE_LIMIT
    group = said(verdict, "group", lexicon)
    assert what not in group
    assert len(group) <= GROUP_LIMIT


@pytest.mark.parametrize("chat", ["private", "group"])
def test_off_topic_and_injection_say_what_it_can_do(lexicon: Lexicon, chat: ChatType) -> None:
    for subject in ("none", "injection"):
        reply = said(Verdict("off_topic", subject=subject), chat, lexicon)
        assert len(reply) <= (GROUP_LIMIT if chat == "group" else PRIVATE_LIMIT)


@pytest.mark.parametrize(
    "personal",
    ["13812345678", "6222021234567890123", "zhang.san@qq.com", "https://a.top/x?u=1", "482913"],
)
def test_nothing_personal_leaves_in_a_group(personal: str) -> None:
    kept = fit_for_group(f"他的{personal} 你看，打 96110 或 110")
    assert personal not in kept
    assert "96110" in kept
    assert "110" in kept.replace("96110", "")


@pytest.mark.parametrize("number", ["110", "120", "12356", "96110", "12381", "12321", "12345"])
def test_public_lines_stay_in_a_group(number: str) -> None:
    assert number in fit_for_group(f"打{number}问问")


@pytest.mark.parametrize("words", ["验证码", "轉到安全賬戶", "共享屏幕"])
def test_plain_words_may_be_quoted(words: str) -> None:
    assert quotable(words)


@pytest.mark.parametrize(
    "words",
    [
        "转1234",
        "{saw}",
        "他说“你",
        "a@b",
        "http点",
        "两\n行",
        "验\u202e证码",
        "验\u200b证码",
        "验\ud800证码",
        "【银行】",
        "你放心转",
        "没 问 题",
    ],
)
def test_digits_marks_unseen_signs_and_assurances_are_not_quoted(words: str) -> None:
    assert not quotable(words)


@pytest.mark.parametrize("phrase", ASSURANCES)
def test_an_assurance_is_found_however_it_is_spelt(phrase: str) -> None:
    assert find_assurance(f"我看{phrase}的") is not None
    assert find_assurance(" ".join(phrase)) is not None
    assert find_assurance("\u200b".join(phrase)) is not None


def test_an_assurance_in_traditional_characters_is_found() -> None:
    assert find_assurance("這沒問題") == "没问题"


def test_the_official_name_of_the_trick_is_no_assurance() -> None:
    assert find_assurance("世上没有“安全账户”") is None


def test_a_finished_reply_has_no_empty_lines_or_ends() -> None:
    assert finish("  一  \n\n 二\n", "private") == "一\n 二"


def test_lines_are_numbered_from_one() -> None:
    assert numbered(["甲", "乙"]) == "1 甲\n2 乙"
