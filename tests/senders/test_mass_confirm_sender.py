from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.clock import FixedClock
from bot.senders.http import Http
from bot.senders.mass_confirm import MassConfirmSender
from bot.senders.wecom_tokens import WecomApi
from bot.store.api import Tokens
from bot.types import Outcome
from tests.senders.misbehaving import Misbehaving, Step, answer, drop
from tests.senders.outgoing_kit import NOW, PATHS, STATION, TOKEN, WARNING, outgoing_for

CONTACT = "/cgi-bin/externalcontact/"
ADD = PATHS["wecom_external"]
LIST, TASK, RESULT = (
    f"{CONTACT}get_groupmsg_list_v2",
    f"{CONTACT}get_groupmsg_task",
    f"{CONTACT}get_groupmsg_send_result",
)
LOST_AT = f"since:{int(NOW.timestamp())}"


def page(field: str, *rows: Mapping[str, object], cursor: str = "") -> Step:
    return answer({"errcode": 0, "errmsg": "ok", "next_cursor": cursor, field: list(rows)})


def owners(status: int, userid: str = "zhang") -> Step:
    return page("task_list", {"userid": userid, "status": status})


def results(**statuses: int) -> Step:
    rows = [{"chat_id": chat, "userid": "zhang", "status": n} for chat, n in statuses.items()]
    return page("send_list", *rows)


@pytest.fixture
def mass(server: Misbehaving, http: Http, tokens: Tokens, clock: FixedClock) -> MassConfirmSender:
    server.will(
        "/cgi-bin/gettoken", answer({"errcode": 0, "access_token": TOKEN, "expires_in": 7200})
    )
    api = WecomApi(server.base, http, tokens, clock, "test")
    return MassConfirmSender({"station": STATION}, api, clock)


def added(**fields: object) -> Step:
    return answer({"errcode": 0, "errmsg": "ok", "fail_list": [], "msgid": "msgG1"} | fields)


def test_it_creates_a_task_for_the_owner_and_says_who_must_confirm(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    server.will(ADD, added())
    outcome = mass.send(outgoing_for(mass, server.base))
    assert (outcome.kind, outcome.reference) == ("awaiting_person", "msgG1")
    assert "请 zhang 在企业微信里" in outcome.detail
    assert server.at(ADD)[0].document == {
        "chat_type": "group",
        "sender": "zhang",
        "chat_id_list": ["wrA", "wrB"],
        "allow_select": False,
        "text": {"content": mass.render(WARNING).text},
    }


def test_groups_that_cannot_be_sent_to_are_refused(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    server.will(ADD, added(fail_list=["wrB", "wrA"]))
    outcome = mass.send(outgoing_for(mass, server.base))
    assert (outcome.kind, outcome.code) == ("refused", "fail_list")


def test_a_task_for_some_of_the_groups_waits_and_says_so(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    server.will(ADD, added(fail_list=["wrB"]))
    outcome = mass.send(outgoing_for(mass, server.base))
    assert (outcome.kind, outcome.reference) == ("awaiting_person", "msgG1")
    assert "1 个群不能发" in outcome.detail


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (41048, "refused", "没有可以发的群"),
        (41063, "later", "准备"),
        (40096, "refused", "chat_ids"),
        (84061, "refused", "客户关系"),
        (84074, "refused", "客户联系"),
        (48002, "refused", "可调用应用"),
        (301002, "refused", "agent_id"),
        (90501, "refused", "不是客户群"),
        (60111, "refused", "owner"),
        (41064, "refused", "附件"),
        (41080, "refused", "附件"),
        (301055, "refused", "总量"),
        (45002, "refused", "太长"),
        (-1, "later", "正忙"),
    ],
)
def test_every_code_is_told_in_plain_words(
    server: Misbehaving, mass: MassConfirmSender, number: int, kind: str, words: str
) -> None:
    server.will(ADD, answer({"errcode": number}))
    outcome = mass.send(outgoing_for(mass, server.base))
    assert (outcome.kind, outcome.code) == (kind, str(number))
    assert words in outcome.detail


def test_without_an_owner_nobody_could_confirm(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    outcome = mass.send(outgoing_for(mass, server.base, owner=""))
    assert outcome.kind == "refused"
    assert "owner" in outcome.detail
    assert server.seen == []


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"account": "other", "chat_ids": ["wrA"]}, "other"),
        ({"account": "station"}, "chat_ids"),
        ({"account": "station", "chat_ids": ["wrA", ""]}, "chat_ids"),
        ({"account": "station", "chat_ids": ["x"] * 2001}, "2000"),
    ],
)
def test_what_the_channel_lacks_is_said(
    mass: MassConfirmSender, target: dict[str, object], words: str
) -> None:
    assert words in mass.missing(target)


def test_the_text_may_have_4000_bytes(mass: MassConfirmSender) -> None:
    assert mass.render(WARNING).limit == 4000


def asked(mass: MassConfirmSender, server: Misbehaving, reference: str = "msgG1") -> Outcome | None:
    return mass.follow_up(outgoing_for(mass, server.base), reference)


def test_nothing_is_new_before_the_owner_confirmed(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    server.will(TASK, owners(0))
    assert asked(mass, server) is None


def test_a_task_without_its_owner_is_not_taken_for_confirmed(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    server.will(TASK, page("task_list"))
    server.will(RESULT, results(wrA=1, wrB=1))
    assert asked(mass, server) is None


@pytest.mark.parametrize(
    ("statuses", "kind", "code"),
    [
        ({"wrA": 1, "wrB": 1}, "sent", ""),
        ({"wrA": 3, "wrB": 3}, "refused", "status 3"),
        ({"wrA": 2, "wrB": 3}, "refused", "status 3"),
        ({"wrA": 2, "wrB": 2}, "refused", "status 2"),
        ({"wrA": 1, "wrB": 3}, "awaiting_person", "partial"),
        ({"wrA": 1, "wrB": 0}, "awaiting_person", "partial"),
        ({"wrA": 1}, "awaiting_person", "partial"),
        ({"wrA": 0, "wrB": 3}, None, None),
        ({}, None, None),
    ],
)
def test_what_came_of_a_confirmed_task(
    server: Misbehaving,
    mass: MassConfirmSender,
    statuses: dict[str, int],
    kind: str | None,
    code: str | None,
) -> None:
    server.will(TASK, owners(2))
    server.will(RESULT, results(**statuses))
    outcome = asked(mass, server)
    assert (outcome and outcome.kind, outcome and outcome.code) == (kind, code)
    assert server.at(RESULT)[0].document["userid"] == "zhang"


def test_a_reached_limit_is_told_in_plain_words(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    server.will(TASK, owners(2))
    server.will(RESULT, results(wrA=3, wrB=3), results(wrA=1, wrB=3))
    refused, partial = asked(mass, server), asked(mass, server)
    assert refused is not None
    assert "次数用完" in refused.detail
    assert partial is not None
    assert "2 个群里有 1 个收到了，1 个没有收到（群发次数用完）" in partial.detail


def test_every_page_is_read(server: Misbehaving, mass: MassConfirmSender) -> None:
    server.will(TASK, owners(2))
    first = {"chat_id": "wrA", "userid": "zhang", "status": 1}
    server.will(RESULT, page("send_list", first, cursor="next"), results(wrB=1))
    outcome = asked(mass, server)
    assert outcome is not None
    assert outcome.kind == "sent"
    assert [seen.document["cursor"] for seen in server.at(RESULT)] == ["", "next"]


def test_a_cursor_without_end_does_not_hold_the_worker(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    server.will(TASK, page("task_list", {"userid": "zhang", "status": 2}, cursor="again"))
    assert asked(mass, server) is None


def test_a_cancelled_task_is_refused(server: Misbehaving, mass: MassConfirmSender) -> None:
    server.will(TASK, answer({"errcode": 41093}))
    outcome = asked(mass, server)
    assert outcome is not None
    assert (outcome.kind, outcome.code) == ("refused", "41093")


@pytest.mark.parametrize("trouble", [drop, answer({"errcode": 41063}), answer({"errcode": 60020})])
def test_a_question_that_failed_changes_nothing(
    server: Misbehaving, mass: MassConfirmSender, trouble: Step
) -> None:
    server.will(TASK, trouble, owners(2))
    server.will(RESULT, trouble)
    assert asked(mass, server) is None
    assert asked(mass, server) is None


def lost(server: Misbehaving, mass: MassConfirmSender) -> Outcome:
    server.will(ADD, drop)
    return mass.send(outgoing_for(mass, server.base))


def row(mass: MassConfirmSender, msgid: str, text: str = "") -> dict[str, object]:
    return {"msgid": msgid, "text": {"content": text or mass.render(WARNING).text}}


def test_a_lost_request_remembers_when_it_was_made(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    outcome = lost(server, mass)
    assert (outcome.kind, outcome.reference) == ("unknown", LOST_AT)


def test_an_acceptance_without_a_task_id_is_treated_as_lost(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    server.will(ADD, answer({"errcode": 0, "errmsg": "ok"}))
    outcome = mass.send(outgoing_for(mass, server.base))
    assert (outcome.kind, outcome.reference) == ("unknown", LOST_AT)


def test_a_lost_task_is_found_by_its_text_its_owner_and_its_groups(
    server: Misbehaving, mass: MassConfirmSender
) -> None:
    server.will(
        LIST,
        page("group_msg_list", row(mass, "other-text", "别的"), row(mass, "li"), cursor="more"),
        page("group_msg_list", row(mass, "other-groups"), row(mass, "ours")),
    )
    server.will(TASK, owners(0, "li"), owners(0, "Zhang"))
    server.will(RESULT, results(wrC=0), results(wrA=0, wrB=0))
    outcome = asked(mass, server, LOST_AT)
    assert outcome is not None
    assert (outcome.kind, outcome.reference) == ("awaiting_person", "ours")
    span = server.at(LIST)[0].document
    assert span["start_time"] < NOW.timestamp() < span["end_time"]
    assert span["chat_type"] == "group"


def test_a_lost_task_that_is_nowhere_is_left_to_a_person_after_ten_minutes(
    server: Misbehaving, mass: MassConfirmSender, clock: FixedClock
) -> None:
    server.will(LIST, page("group_msg_list"))
    assert asked(mass, server, LOST_AT) is None
    clock.advance(601)
    outcome = asked(mass, server, LOST_AT)
    assert outcome is not None
    assert (outcome.kind, outcome.code, outcome.reference) == ("unknown", "absent", "")
    assert asked(mass, server, "") is None


@pytest.mark.parametrize("listing", [answer({"errcode": 41063}), drop])
def test_a_platform_that_does_not_tell_is_asked_again(
    server: Misbehaving, mass: MassConfirmSender, clock: FixedClock, listing: Step
) -> None:
    clock.advance(601)
    server.will(LIST, listing)
    assert asked(mass, server, LOST_AT) is None


def test_a_task_whose_groups_are_not_listed_yet_is_neither_ours_nor_absent(
    server: Misbehaving, mass: MassConfirmSender, clock: FixedClock
) -> None:
    clock.advance(601)
    server.will(LIST, page("group_msg_list", row(mass, "msgG1")))
    server.will(TASK, owners(0))
    server.will(RESULT, results())
    assert asked(mass, server, LOST_AT) is None
