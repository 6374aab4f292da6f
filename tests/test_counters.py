from __future__ import annotations

from bot.counters import Counters


def test_counters_are_grouped_by_name_and_sorted() -> None:
    counters = Counters()
    counters.add("b_total", channel="x")
    counters.add("a_total")
    counters.add("b_total", channel="x")
    counters.add("b_total", channel="w")

    assert counters.text() == (
        "# TYPE a_total counter\n"
        "a_total 1\n"
        "# TYPE b_total counter\n"
        'b_total{channel="w"} 1\n'
        'b_total{channel="x"} 2\n'
    )


def test_nothing_counted_is_no_text() -> None:
    assert Counters().text() == ""
