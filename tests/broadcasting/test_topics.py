from __future__ import annotations

from datetime import timedelta

from bot.broadcasting.model import Fixed, Topic
from bot.broadcasting.topics import next_category, text_for
from tests.warning_fakes import MONDAY_NINE, group, text

LIBRARY = {
    one.id: one
    for one in (
        text("brushing-all"),
        text("brushing-finance", audience="finance"),
        text("brushing-elderly", audience="elderly"),
        text("loan-all", "loan"),
        text("job-all", "job"),
    )
}


def test_categories_never_warned_about_come_first_by_name() -> None:
    assert next_category(LIBRARY, {}) == "brushing"
    assert next_category(LIBRARY, {"brushing": MONDAY_NINE}) == "job"


def test_then_the_one_longest_ago() -> None:
    week = timedelta(days=7)
    warned = {"brushing": MONDAY_NINE, "job": MONDAY_NINE - week, "loan": MONDAY_NINE - 2 * week}
    assert next_category(LIBRARY, warned) == "loan"


def test_a_category_without_texts_any_more_has_no_turn() -> None:
    assert next_category({}, {"brushing": MONDAY_NINE}) is None


def test_the_first_of_the_groups_audiences_that_has_a_text_decides() -> None:
    both = group("a", audience=("parent", "elderly", "finance"))
    found = text_for(Topic(None), "brushing", both, LIBRARY)
    assert found is not None
    assert found.id == "brushing-elderly"


def test_else_everybody_gets_the_text_for_all() -> None:
    found = text_for(Topic(None), "loan", group("a"), LIBRARY)
    assert found is not None
    assert found.id == "loan-all"


def test_fixed_texts_are_chosen_the_same_way() -> None:
    content = Fixed({"finance": "loan-all", "all": "job-all"})
    finance, other = group("a"), group("b", audience=("elderly",))
    chosen = [text_for(content, None, one, LIBRARY) for one in (finance, other)]
    assert [one and one.id for one in chosen] == ["loan-all", "job-all"]
    assert text_for(Fixed({"finance": "loan-all"}), None, other, LIBRARY) is None
