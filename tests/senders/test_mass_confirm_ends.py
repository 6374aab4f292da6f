"""企业群发: reminding its owner, and taking back what is not out yet (protocol-push §3.6, §3.7)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.clock import FixedClock
from bot.senders.base import Remindable, Withdrawable
from bot.senders.http import Http
from bot.senders.mass_confirm import MassConfirmSender
from bot.senders.wecom_tokens import WecomApi
from bot.store.api import Tokens
from bot.types import Outcome
from tests.senders.misbehaving import Misbehaving, Step, answer, drop
from tests.senders.outgoing_kit import STATION, TOKEN, outgoing_for

CONTACT = "/cgi-bin/externalcontact/"
REMIND, CANCEL = f"{CONTACT}remind_groupmsg_send", f"{CONTACT}cancel_groupmsg_send"
TASK, RESULT = f"{CONTACT}get_groupmsg_task", f"{CONTACT}get_groupmsg_send_result"
OK = answer({"errcode": 0, "errmsg": "ok"})


def results(statuses: Mapping[str, int]) -> Step:
    rows = [{"chat_id": chat, "userid": "zhang", "status": n} for chat, n in statuses.items()]
    return answer({"errcode": 0, "next_cursor": "", "send_list": rows})


@pytest.fixture
def mass(server: Misbehaving, http: Http, tokens: Tokens, clock: FixedClock) -> MassConfirmSender:
    server.will(
        "/cgi-bin/gettoken", answer({"errcode": 0, "access_token": TOKEN, "expires_in": 7200})
    )
    api = WecomApi(server.base, http, tokens, clock, "test")
    return MassConfirmSender({"station": STATION}, api, clock)


def withdraw(server: Misbehaving, mass: MassConfirmSender, reference: str = "msgG1") -> Outcome:
    return mass.withdraw(outgoing_for(mass, server.base), reference)


def test_it_can_do_both(mass: MassConfirmSender) -> None:
    assert isinstance(mass, Remindable)
    assert isinstance(mass, Withdrawable)


def test_a_reminder_names_the_task(server: Misbehaving, mass: MassConfirmSender) -> None:
    server.will(REMIND, OK)
    assert mass.remind(outgoing_for(mass, server.base), "msgG1").kind == "sent"
    assert server.at(REMIND)[0].document == {"msgid": "msgG1"}


def test_too_many_reminders_are_told_in_plain_words(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    server.will(REMIND, answer({"errcode": 41094}))
    outcome = mass.remind(outgoing_for(mass, server.base), "msgG1")
    assert (outcome.kind, outcome.code) == ("refused", "41094")
    assert "打电话" in outcome.detail


@pytest.mark.parametrize("cancelled", [OK, answer({"errcode": 41093})])
@pytest.mark.parametrize(
    ("statuses", "kind", "code"),
    [
        ({"wrA": 0, "wrB": 0}, "refused", "withdrawn"),
        ({"wrA": 3, "wrB": 0}, "refused", "withdrawn"),
        ({"wrA": 1, "wrB": 0}, "sent", "partial"),
        ({"wrA": 1, "wrB": 1}, "sent", ""),
    ],
)
def test_what_the_groups_had_by_then_stays_exact(
    server: Misbehaving,
    mass: MassConfirmSender,
    cancelled: Step,
    statuses: dict[str, int],
    kind: str,
    code: str,
) -> None:
    server.will(CANCEL, cancelled)
    server.will(RESULT, results(statuses))
    outcome = withdraw(server, mass)
    assert (outcome.kind, outcome.code) == (kind, code)
    if code == "partial":
        assert "2 个群里有 1 个已经收到" in outcome.detail


def test_without_a_clear_answer_nothing_is_called_withdrawn(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    server.will(CANCEL, drop)
    assert withdraw(server, mass).kind == "unknown"
    server.will(CANCEL, OK)
    server.will(RESULT, drop)
    assert withdraw(server, mass).kind == "unknown"
    server.will(CANCEL, answer({"errcode": 48002}))
    assert withdraw(server, mass).code == "48002"


@pytest.mark.parametrize("reference", ["", "since:1760000000"])
def test_a_task_nobody_has_seen_can_be_neither_reminded_nor_withdrawn(
    server: Misbehaving, mass: MassConfirmSender, reference: str
) -> None:
    assert withdraw(server, mass, reference).code == "no task"
    assert mass.remind(outgoing_for(mass, server.base), reference).code == "no task"
    assert server.seen == []


def test_a_task_cancelled_in_the_console_keeps_what_was_reached(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    server.will(TASK, answer({"errcode": 41093}))
    server.will(RESULT, results({"wrA": 1, "wrB": 0}))
    outcome = mass.follow_up(outgoing_for(mass, server.base), "msgG1")
    assert outcome is not None
    assert (outcome.kind, outcome.code) == ("sent", "partial")
    server.will(RESULT, results({"wrA": 0, "wrB": 0}))
    outcome = mass.follow_up(outgoing_for(mass, server.base), "msgG1")
    assert outcome is not None
    assert (outcome.kind, outcome.code) == ("refused", "41093")
