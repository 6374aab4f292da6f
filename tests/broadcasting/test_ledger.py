from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest

from bot.broadcasting.ledger import LEGAL, MAX_TRIES, IllegalMove, after_attempt, checked
from bot.store.api import Move
from bot.types import DeliveryState, Outcome, OutcomeKind
from tests.warning_fakes import MONDAY_NINE


@pytest.mark.parametrize("kind", get_args(OutcomeKind))
@pytest.mark.parametrize("tries", [1, MAX_TRIES, MAX_TRIES + 1])
def test_every_outcome_leads_to_a_legal_state(kind: OutcomeKind, tries: int) -> None:
    move = after_attempt(Outcome(kind), tries, MONDAY_NINE)
    assert move.to in LEGAL["sending"]
    assert move.outcome == kind


@pytest.mark.parametrize("kind", ["sent", "refused", "unknown", "awaiting_person"])
def test_sure_and_unknown_outcomes_are_never_queued_again(kind: OutcomeKind) -> None:
    assert after_attempt(Outcome(kind), 1, MONDAY_NINE).to == kind


def test_what_was_not_taken_waits_as_long_as_the_platform_says() -> None:
    move = after_attempt(Outcome("later", "45009", retry_after=60), 1, MONDAY_NINE)
    assert move.to == "queued"
    assert move.not_before == MONDAY_NINE + timedelta(seconds=60)


def test_the_gaps_grow_and_after_five_tries_it_is_refused() -> None:
    moves = [after_attempt(Outcome("not_sent"), tries, MONDAY_NINE) for tries in range(1, 6)]
    gaps = [(move.not_before - MONDAY_NINE).seconds for move in moves[:4] if move.not_before]
    assert gaps == [1, 2, 4, 8]
    assert moves[4].to == "refused"
    assert "试了 5 次" in moves[4].detail


@pytest.mark.parametrize("state", ["sent", "expired", "cancelled"])
def test_nothing_leaves_a_final_state(state: DeliveryState) -> None:
    for target in get_args(DeliveryState):
        with pytest.raises(IllegalMove):
            checked(state, Move(target))


def test_unknown_is_never_sent_again() -> None:
    assert LEGAL["unknown"].isdisjoint({"queued", "sending"})
    assert LEGAL["awaiting_person"].isdisjoint({"queued", "sending"})
