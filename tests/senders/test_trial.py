"""Trying accounts against the fake platform over loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.clock import FixedClock
from bot.config import DEMO_APP_ID, DEMO_CORP_ID, DEMO_SECRETS, MpAccount, WecomAccount
from bot.platform.server import FakePlatform
from bot.platform.settings import PlatformSettings
from bot.senders.http import Http
from bot.senders.trial import NO_WAY, Trial

MP = MpAccount("demo", DEMO_APP_ID, "t", "aes", "k", DEMO_SECRETS["MP_SECRET"])
WECOM = WecomAccount("station", DEMO_CORP_ID, secret=DEMO_SECRETS["WECOM_SECRET"])


@pytest.fixture
def trial(clock: FixedClock) -> Iterator[Trial]:
    platform = FakePlatform(PlatformSettings(), clock)
    url, http = platform.start(), Http(1.0, 2.0)
    yield Trial(url, url, http)
    http.close()
    platform.stop()


def test_right_secrets_are_known_to_the_platform(trial: Trial) -> None:
    assert trial.mp(MP).kind == "sent"
    assert trial.wecom(WECOM).kind == "sent"


def test_what_is_wrong_is_told_in_words_and_with_the_platforms_code(trial: Trial) -> None:
    wrong = trial.mp(replace(MP, app_secret="wrong"))
    assert (wrong.kind, wrong.code) == ("refused", "40001")
    assert "AppSecret" in wrong.detail
    assert trial.mp(replace(MP, app_id="wx0")).code == "40013"
    assert trial.wecom(replace(WECOM, corp_id="ww0")).code == "40013"
    assert trial.wecom(replace(WECOM, secret="")).code == "41004"


def test_where_no_platform_listens_it_says_so() -> None:
    http = Http(1.0, 1.0)
    outcome = Trial("http://127.0.0.1:9", "http://127.0.0.1:9", http).mp(MP)
    http.close()
    assert (outcome.kind, outcome.detail) == ("not_sent", NO_WAY)
