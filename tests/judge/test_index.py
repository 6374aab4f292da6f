"""The nearest phrasings of a base."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.judge.grams import HEAD, TAIL, code_of, grams, name_of, reduce
from bot.judge.index import Index, Phrasing, phrasings_of
from bot.kb.model import Knowledge
from bot.text.normalise import Normaliser

TEXTS = ("他让我垫钱刷单", "明天下午开家长会", "客服说要退款给我", "快递到驿站了")
INDEX = Index([Phrasing(text, "scam", None, text, reduce(text)) for text in TEXTS])


def scores(text: str) -> list[float]:
    return list(map(float, INDEX.scores(grams(reduce(text)))))


def test_a_phrasing_is_nearest_to_itself_and_the_cosine_is_one() -> None:
    for place, text in enumerate(TEXTS):
        own = scores(text)
        assert int(np.argmax(own)) == place
        assert abs(own[place] - 1) < 1e-5


def test_a_rewording_is_nearest_to_what_it_rewords() -> None:
    assert int(np.argmax(scores("刷单要我先垫钱"))) == 0
    assert int(np.argmax(scores("家长会几点开"))) == 1


def test_what_sounds_alike_is_near() -> None:
    assert scores("刷丹")[0] > max(scores("刷丹")[1:])


def test_a_text_that_shares_nothing_is_at_zero() -> None:
    assert scores("zzz") == [0.0] * len(TEXTS)
    assert INDEX.scores(grams("")).tolist() == [0.0] * len(TEXTS)


def test_unknown_words_around_it_make_a_text_less_near() -> None:
    assert scores(TEXTS[0] + "螺蛳粉酸笋煮蘑菇")[0] < scores(TEXTS[0])[0]


def test_an_empty_base_has_no_scores() -> None:
    assert Index([]).scores(grams("刷单")).size == 0


def test_another_amount_or_link_is_not_another_text() -> None:
    assert reduce("转5000元到a.com/x") == reduce("转8000元到b.top/yy?z=1")


def test_beginning_and_end_of_a_long_text_are_compared() -> None:
    long = "首" + "中" * 2000 + "尾"
    assert len(reduce(long)) <= HEAD + TAIL + 1
    assert reduce(long).startswith("首")
    assert reduce(long).endswith("尾")


def test_every_wording_of_the_base_is_a_phrasing(real_knowledge: Knowledge) -> None:
    phrasings = phrasings_of(real_knowledge, Normaliser(real_knowledge.aliases))
    owners = {phrasing.owner for phrasing in phrasings}
    assert {entry.id for entry in real_knowledge.entries} <= owners
    assert {guide.id for guide in real_knowledge.guides} <= owners
    assert {subject.subject for subject in real_knowledge.ordinary} <= owners
    entry = real_knowledge.entries[0]
    own = [p for p in phrasings if p.owner == entry.id]
    assert len(own) == len(entry.says) + len(entry.asks) + 1
    assert {p.category for p in own} == {entry.category}


def test_trial_questions_are_no_phrasings(real_knowledge: Knowledge) -> None:
    phrasings = phrasings_of(real_knowledge, Normaliser({}))
    texts = {phrasing.normalised for phrasing in phrasings}
    tried = [text for entry in real_knowledge.entries for text in entry.trials.must]
    assert not texts & {Normaliser({})(text).text for text in tried}


def test_grams_are_characters_and_syllable_pairs() -> None:
    names = {name_of(code) for code in grams("刷单 D").tolist()}
    assert names == {"刷", "单", "D", "刷单", "单 ", " D", "刷单 ", "单 D", "sua'dan"}


@given(st.text())
def test_a_gram_is_found_again_by_its_name(text: str) -> None:
    codes = grams(reduce(text)).tolist()
    assert sorted(codes) == codes
    assert [code_of(name_of(code)) for code in codes] == codes
    assert len({name_of(code) for code in codes}) == len(codes)


@given(st.text(max_size=200))
def test_a_cosine_lies_between_nought_and_one(text: str) -> None:
    for score in scores(text):
        assert 0 <= score <= 1 + 1e-5
