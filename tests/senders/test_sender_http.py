from __future__ import annotations

import time

import pytest

from bot.senders.http import ANSWER_LIMIT, Http, Reply, read_errcode, refuse
from bot.types import Outcome
from tests.senders.misbehaving import Misbehaving, answer, raw, trickle

CODES = {93000: refuse("机器人的 key 不对。")}


def errcode(document: object, status: int = 200) -> object:
    return read_errcode(Reply(status, document), CODES, "wecom_robot")


def test_only_errcode_zero_inside_http_200_is_success() -> None:
    assert errcode({"errcode": 0, "msgid": "m"}) == {"errcode": 0, "msgid": "m"}
    for status in (201, 204, 301, 404, 500):
        unclear = errcode({"errcode": 0}, status)
        assert isinstance(unclear, Outcome)
        assert (unclear.kind, unclear.code) == ("unknown", f"http {status}")


def test_a_refusal_inside_a_server_error_is_no_sure_refusal() -> None:
    unclear = errcode({"errcode": 93000}, 502)
    assert isinstance(unclear, Outcome)
    assert unclear.kind == "unknown"


def test_a_known_code_is_told_in_words_and_an_unlisted_one_by_its_number() -> None:
    assert errcode({"errcode": 93000}) == Outcome("refused", "93000", "机器人的 key 不对。")
    unlisted = errcode({"errcode": 777123, "errmsg": "ok"})
    assert isinstance(unlisted, Outcome)
    assert (unlisted.kind, unlisted.code) == ("refused", "777123")
    assert "777123" in unlisted.detail


def test_the_hint_number_is_logged_and_the_rest_of_the_message_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    errcode({"errcode": 93000, "errmsg": "bad key abc, hint: [1760000000_1_2f], from ip: 1.2.3.4"})
    assert "1760000000_1_2f" in caplog.text
    assert "abc" not in caplog.text
    assert "1.2.3.4" not in caplog.text


def test_a_slow_trickle_ends_at_the_time_limit(server: Misbehaving) -> None:
    server.will("/slow", trickle)
    hasty = Http(connect_seconds=1.0, read_seconds=0.2)
    began = time.monotonic()
    outcome = hasty.post(f"{server.base}/slow", b"{}")
    hasty.close()
    assert isinstance(outcome, Outcome)
    assert outcome.kind == "unknown"
    assert time.monotonic() - began < 5.0


def test_an_endless_answer_is_not_read_to_its_end(server: Misbehaving) -> None:
    server.will("/long", raw(b" " * (ANSWER_LIMIT + 1)))
    patient = Http(connect_seconds=1.0, read_seconds=5.0)
    outcome = patient.post(f"{server.base}/long", b"{}")
    patient.close()
    assert isinstance(outcome, Outcome)
    assert outcome.kind == "unknown"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/x", "//host/x", "http://", "http://ho st/", "http://h:port/", "http://a..b/",
        "http://" + "a" * 64 + ".example/", "http://[::1/", "nonsense", "http://h\x00/",
    ],
)  # fmt: skip
def test_an_address_nobody_can_reach_is_refused_not_raised(http: Http, url: str) -> None:
    outcome = http.post(url, b"{}")
    assert isinstance(outcome, Outcome)
    assert outcome.kind in ("refused", "not_sent")


def test_an_address_keeps_its_own_query(server: Misbehaving, http: Http) -> None:
    server.will("/hook", answer({}))
    http.post(f"{server.base}/hook?a=1&b=%E5%8F%8D", b"{}")
    assert server.seen[0].query == {"a": "1", "b": "反"}


def test_retry_after_is_read_only_when_it_is_a_number(server: Misbehaving, http: Http) -> None:
    server.will(
        "/busy",
        answer({}, 429, Retry_After="7"),
        answer({}, 429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"),
    )
    replies = [http.post(f"{server.base}/busy", b"{}") for _ in range(2)]
    assert [isinstance(reply, Reply) and reply.retry_after for reply in replies] == [7.0, 0.0]
