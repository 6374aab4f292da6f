from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from bot.accounts.desk import Accounts
from bot.accounts.door import (
    IDLE,
    LOCKED,
    LONGEST,
    WRONG_PER_ACCOUNT,
    WRONG_PER_ADDRESS,
    Door,
    Entry,
)
from bot.accounts.totp import fresh_secret
from bot.clock import FixedClock
from bot.privacy import TOTP, Pseudonyms, Seal
from bot.store.api import SessionRow
from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from tests.warning_fakes import MONDAY_NINE

GOOD, OTHER = "明天去菜场买三斤萝卜", "后天再去买五斤大白菜"
HERE = "192.0.2.7"


class Station:
    def __init__(self, folder: Path) -> None:
        self.store: SqlStore = open_sqlite(folder / "bot.db")
        self.clock = FixedClock(MONDAY_NINE)
        seal = Seal("k" * 32, TOTP)
        self.accounts = Accounts(self.store, self.clock, seal)
        self.door = Door(self.store, self.clock, seal, Pseudonyms("k" * 32))

    def enter(self, password: str = GOOD, name: str = "wang", address: str = HERE) -> Entry:
        return self.door.sign_in(name, password, address)

    def actions(self, name: str = "wang") -> list[str]:
        return [row.action for row in self.store.audit.about(f"user:{name}")]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    made = Station(tmp_path)
    assert made.accounts.add("root", "wang", ["admin", "officer"], GOOD).problem == ""
    yield made
    made.store.close()


def test_somebody_with_the_right_password_is_let_in(station: Station) -> None:
    entry = station.enter()
    person = station.door.look(entry.token)
    assert person is not None
    assert (person.name, person.must_change) == ("wang", False)
    assert person.may("users.manage")
    assert not person.may("warnings.approve")
    assert station.actions() == ["user_added", "signed_in"]


def test_capitals_and_full_width_make_no_other_name(station: Station) -> None:
    assert station.enter(name=" ＷａＮＧ ").token
    assert "已经有" in station.accounts.add("root", "WANG", ["viewer"]).problem


@pytest.mark.parametrize("name", ["", "x", "a b", "<script>", "x" * 33, "a/b", "../x"])
def test_a_name_that_cannot_be_typed_or_shown_is_refused(station: Station, name: str) -> None:
    assert "用户名要" in station.accounts.add("root", name, ["viewer"]).problem


def test_the_store_keeps_neither_password_nor_token_nor_address(
    station: Station, tmp_path: Path
) -> None:
    token = station.enter().token
    station.store.close()
    stored = tmp_path.joinpath("bot.db").read_bytes()
    for secret in (GOOD, token, HERE):
        assert secret.encode() not in stored


def test_five_wrong_tries_lock_an_account_for_fifteen_minutes(station: Station) -> None:
    words = [station.enter(OTHER).problem for _ in range(WRONG_PER_ACCOUNT)]
    assert "还可以试 4 次" in words[0]
    assert "过 15 分钟" in words[-1]
    assert "试错太多次" in station.enter(GOOD).problem
    station.clock.advance(LOCKED.total_seconds() - 1)
    assert "过 1 分钟" in station.enter(GOOD).problem
    station.clock.advance(2)
    assert station.enter(GOOD).token
    assert "locked_out" in station.actions()


def test_a_right_try_starts_the_count_anew(station: Station) -> None:
    for _ in range(3):
        for _ in range(WRONG_PER_ACCOUNT - 1):
            station.enter(OTHER)
        assert station.enter(GOOD).token


def test_a_name_nobody_has_is_answered_like_a_wrong_password(station: Station) -> None:
    assert station.enter(OTHER).problem == station.enter(OTHER, name="nobody").problem
    assert station.store.audit.about("user:nobody") == ()


def test_an_address_that_tries_many_names_is_locked_and_others_are_not(station: Station) -> None:
    for number in range(WRONG_PER_ADDRESS):
        station.enter(OTHER, name=f"guess{number}")
    assert "试错太多次" in station.enter(GOOD).problem
    assert station.enter(GOOD, address="192.0.2.8").token


def test_a_session_ends_after_half_an_hour_of_rest(station: Station) -> None:
    token = station.enter().token
    for _ in range(3):
        station.clock.advance(IDLE.total_seconds() - 60)
        assert station.door.look(token)
    station.clock.advance(IDLE.total_seconds() + 1)
    assert station.door.look(token) is None


def test_a_page_that_renews_itself_keeps_no_session_alive(station: Station) -> None:
    token = station.enter().token
    for _ in range(30):
        station.clock.advance(60)
        assert station.door.look(token, passive=True)
    station.clock.advance(61)
    assert station.door.look(token, passive=True) is None


def test_a_session_ends_after_twelve_hours_however_busy(station: Station) -> None:
    token = station.enter().token
    until = station.clock.now() + LONGEST
    while station.clock.now() + timedelta(minutes=20) <= until:
        station.clock.advance(1200)
        assert station.door.look(token)
    station.clock.advance(1200)
    assert station.door.look(token) is None


@pytest.mark.parametrize("token", ["", "guessed", "'; DROP TABLE sessions; --"])
def test_a_token_nobody_was_given_opens_nothing(station: Station, token: str) -> None:
    assert station.door.look(token) is None


def test_who_is_disabled_is_out_at_once_and_may_come_back(station: Station) -> None:
    station.accounts.add("wang", "zhao", ["officer"], GOOD)
    token = station.enter(name="zhao").token
    assert station.accounts.disable("wang", "zhao") == ""
    assert station.door.look(token) is None
    assert "停用" in station.enter(name="zhao").problem
    assert station.accounts.enable("wang", "zhao") == ""
    assert station.enter(name="zhao").token


def test_a_session_that_began_while_its_user_was_disabled_opens_nothing(station: Station) -> None:
    station.accounts.add("wang", "zhao", ["officer"], GOOD)
    station.accounts.disable("wang", "zhao")
    now = station.clock.now()
    digest = hashlib.sha256(b"late").hexdigest()
    station.store.users.begin_session(SessionRow(digest, "zhao", now, now))
    assert station.door.look("late") is None


def test_a_role_taken_away_is_gone_at_the_next_click(station: Station) -> None:
    station.accounts.add("wang", "zhao", ["officer", "approver"], GOOD)
    token = station.enter(name="zhao").token
    assert station.accounts.change_roles("wang", "zhao", ["viewer", "nonsense"]) == ""
    person = station.door.look(token)
    assert person is not None
    assert not person.may("warnings.approve")
    line = station.store.audit.about("user:zhao")[-1]
    assert (line.actor, line.action) == ("wang", "user_roles")
    assert "审批人" in line.before
    assert "审批人" not in line.after


def test_the_last_administrator_stays(station: Station) -> None:
    assert "最后一个" in station.accounts.disable("wang", "wang")
    assert "最后一个" in station.accounts.change_roles("wang", "wang", ["officer"])
    station.accounts.add("wang", "zhao", ["admin"], GOOD)
    assert station.accounts.disable("zhao", "wang") == ""


def test_a_one_time_password_must_be_changed_and_ends_the_other_sessions(station: Station) -> None:
    old = station.enter().token
    made = station.accounts.reset("root", "wang")
    assert station.door.look(old) is None
    entry = station.enter(made.password)
    person = station.door.look(entry.token)
    assert person is not None
    assert person.must_change
    second = station.enter(made.password).token
    change = station.accounts.change_password
    assert "不对" in change("wang", GOOD, OTHER, person.session)
    assert "一样" in change("wang", made.password, made.password, person.session)
    assert change("wang", made.password, OTHER, person.session) == ""
    assert station.door.look(second) is None
    person = station.door.look(entry.token)
    assert person is not None
    assert not person.must_change


def test_a_reset_ends_a_lock(station: Station) -> None:
    for _ in range(WRONG_PER_ACCOUNT):
        station.enter(OTHER)
    made = station.accounts.reset("root", "wang")
    assert station.enter(made.password).token


def test_with_codes_a_password_alone_opens_nothing(station: Station) -> None:
    secret = fresh_secret()
    totp = pyotp.TOTP(secret)
    assert "不对" in station.accounts.turn_on_totp("wang", secret, "000000")
    assert station.accounts.turn_on_totp("wang", secret, totp.at(station.clock.now())) == ""
    entry = station.enter()
    assert (entry.token, entry.needs_code) == ("", True)
    used = totp.at(station.clock.now())
    assert station.door.confirm("wang", used, HERE).problem, "a code is good for one use"
    station.clock.advance(60)
    assert station.door.confirm("wang", totp.at(station.clock.now()), HERE).token


def test_codes_cannot_be_guessed_through(station: Station) -> None:
    secret = fresh_secret()
    totp = pyotp.TOTP(secret)
    station.accounts.turn_on_totp("wang", secret, totp.at(station.clock.now()))
    station.clock.advance(60)
    for _ in range(WRONG_PER_ACCOUNT):
        assert station.enter().needs_code
        assert station.door.confirm("wang", "12345", HERE).problem
    right = totp.at(station.clock.now())
    assert "试错太多次" in station.door.confirm("wang", right, HERE).problem
    assert "试错太多次" in station.enter().problem


def test_codes_are_turned_off_by_password_or_by_an_administrator(station: Station) -> None:
    secret = fresh_secret()
    for turn_off in (
        lambda: station.accounts.turn_off_totp("wang", GOOD) == "",
        lambda: station.accounts.reset("root", "wang", GOOD, drop_totp=True).problem == "",
    ):
        code = pyotp.TOTP(secret).at(station.clock.now())
        assert station.accounts.turn_on_totp("wang", secret, code) == ""
        assert "密码不对" in station.accounts.turn_off_totp("wang", OTHER)
        assert turn_off()
        assert station.enter().token
        station.clock.advance(60)


def test_old_sessions_and_tries_are_forgotten(station: Station) -> None:
    station.enter(OTHER)
    token = station.enter().token
    station.clock.advance(25 * 3600)
    now = station.clock.now()
    station.store.forget(now - timedelta(days=90), now)
    assert station.door.look(token) is None
    engine = station.store._engine
    for table in ("sessions", "login_tries"):
        assert engine.select(f"SELECT COUNT(*) FROM {table}") == [(0,)]
