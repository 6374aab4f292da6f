"""What an official account's callback tells besides messages to answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.base import RawRequest, Refused
from bot.channels.mp import MpChannel
from bot.config import MpAccount
from bot.privacy import Pseudonyms
from tests.channels.conftest import TOKEN, Platform

PERSON = "oLvVvJ1234567890abcdefghijkl"
PSEUDONYM = Pseudonyms("k" * 32)


class Heard:
    def __init__(self) -> None:
        self.wrote_at: list[tuple[str, str, datetime]] = []
        self.gone: list[str] = []
        self.jobs: list[tuple[object, ...]] = []

    def wrote(self, person: str, open_id: str, at: datetime) -> None:
        self.wrote_at.append((person, open_id, at))

    def left(self, person: str) -> None:
        self.gone.append(person)

    def job_ended(self, *told: object) -> None:
        self.jobs.append(told)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def platform() -> Platform:
    return Platform("")


def deliver(platform: Platform, heard: Heard, elements: str, created: int | None = None) -> None:
    account = MpAccount("demo", "wx1", TOKEN, "plain")
    moment = platform.moment if created is None else created
    body = (
        f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{PERSON}</FromUserName>"
        f"<CreateTime>{moment}</CreateTime>{elements}</xml>"
    )
    request = RawRequest("POST", platform.signed(), body.encode())
    MpChannel(account, PSEUDONYM, heard).read(request, platform.now)


def test_somebody_wrote_at_the_platforms_own_time(platform: Platform, heard: Heard) -> None:
    text = "<MsgType>text</MsgType><Content>您好</Content><MsgId>1</MsgId>"
    deliver(platform, heard, text, platform.moment - 7)
    assert heard.wrote_at == [(PSEUDONYM(PERSON), PERSON, platform.now - timedelta(seconds=7))]


@pytest.mark.parametrize("created", [10**11, 0])
def test_a_time_to_come_or_none_is_now(platform: Platform, heard: Heard, created: int) -> None:
    deliver(platform, heard, "<MsgType>image</MsgType><MsgId>1</MsgId>", created)
    assert heard.wrote_at[0][2] == platform.now


def test_somebody_left(platform: Platform, heard: Heard) -> None:
    deliver(platform, heard, "<MsgType>event</MsgType><Event>unsubscribe</Event>")
    assert (heard.gone, heard.wrote_at) == ([PSEUDONYM(PERSON)], [])


def test_events_open_no_window_of_two_days(platform: Platform, heard: Heard) -> None:
    deliver(platform, heard, "<MsgType>event</MsgType><Event>subscribe</Event>")
    assert (heard.wrote_at, heard.gone) == ([], [])


def test_a_mass_send_ended(platform: Platform, heard: Heard) -> None:
    """The event as mp.weixin.qq.com documents it (protocol-push §4.2)."""
    deliver(
        platform,
        heard,
        "<MsgType>event</MsgType><Event>MASSSENDJOBFINISH</Event><MsgID>1988</MsgID>"
        "<Status>sendsuccess</Status><TotalCount>100</TotalCount><FilterCount>80</FilterCount>"
        "<SentCount>75</SentCount><ErrorCount>5</ErrorCount>",
    )
    assert heard.jobs == [("1988", "sendsuccess", 100, 80, 75, 5)]


@pytest.mark.parametrize("number", ["", "abc", "1" * 21])
def test_an_event_without_a_usable_job_is_passed_over(
    platform: Platform, heard: Heard, number: str
) -> None:
    deliver(
        platform,
        heard,
        f"<MsgType>event</MsgType><Event>MASSSENDJOBFINISH</Event><MsgID>{number}</MsgID>"
        "<Status>sendsuccess</Status><SentCount>-7</SentCount>",
    )
    assert heard.jobs == []


def test_a_forged_callback_tells_nothing(platform: Platform, heard: Heard) -> None:
    request = RawRequest("POST", platform.signed(signature="0" * 40), b"<xml/>")
    with pytest.raises(Refused):
        MpChannel(MpAccount("demo", "wx1", TOKEN, "plain"), PSEUDONYM, heard).read(
            request, datetime.fromtimestamp(platform.moment, UTC)
        )
    assert (heard.wrote_at, heard.gone, heard.jobs) == ([], [], [])
