from __future__ import annotations

import argparse
import io
import json
from zoneinfo import ZoneInfo

import pytest

from bot.accounts.desk import Accounts
from bot.accounts.door import Door
from bot.clock import FixedClock
from bot.commands.users import add_parser, run
from bot.privacy import TOTP, Seal
from bot.store.sqlstore import SqlStore
from tests.warning_fakes import MONDAY_NINE

GOOD = "明天去菜场买三斤萝卜"


class Shell:
    """Somebody at the command line who pipes the password in."""

    def __init__(
        self,
        store: SqlStore,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        clock, seal = FixedClock(MONDAY_NINE), Seal("k" * 32, TOTP)
        self.store = store
        self.accounts = Accounts(store, clock, seal)
        self.door = Door(store, clock, seal, str)
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, line: str, typed: str = "") -> tuple[int, str, str]:
        parser = argparse.ArgumentParser()
        add_parser(parser.add_subparsers(required=True))
        self._monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        args = parser.parse_args(["users", *line.split()])
        code = run(args, self.accounts, self.store, ZoneInfo("Asia/Shanghai"))
        return code, *self._capsys.readouterr()

    def gets_in(self, name: str, password: str) -> bool:
        return bool(self.door.sign_in(name, password, "here").token)


@pytest.fixture
def shell(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    return Shell(store, monkeypatch, capsys)


def test_the_first_administrator_is_made_with_a_password_from_standard_input(shell: Shell) -> None:
    code, said, _ = shell("add wang --role admin --role officer", GOOD + "\n")
    assert (code, GOOD in said) == (0, False)
    assert shell.gets_in("wang", GOOD)
    user = shell.store.users.get("wang")
    assert user is not None
    assert (user.roles, user.must_change) == (("officer", "admin"), False)
    line = shell.store.audit.about("user:wang")[0]
    assert line.actor.startswith("命令行 ")
    assert GOOD not in str(line)


def test_a_one_time_password_is_printed_once(shell: Shell) -> None:
    _, said, _ = shell("add wang --role viewer --one-time")
    password = said.split("：")[1].split("（")[0]
    assert shell.gets_in("wang", password)
    assert shell.store.users.get("wang").must_change  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "typed", "words"),
    [
        ("add wang --role admin", "short\n", "至少要 10 个字符"),
        ("add wang --role admin", "", "没有输入密码"),
        ("passwd nobody", GOOD, "没有叫 nobody 的用户"),
        ("disable nobody", "", "没有叫 nobody 的用户"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    shell: Shell, line: str, typed: str, words: str
) -> None:
    code, said, refused = shell(line, typed)
    assert (code, said) == (1, "")
    assert words in refused


@pytest.mark.parametrize("line", ["", "add wang", "add wang --role root", "passwd"])
def test_wrong_use_ends_with_two(shell: Shell, line: str) -> None:
    with pytest.raises(SystemExit) as ended:
        shell(line)
    assert ended.value.code == 2


def test_a_password_is_reset_and_codes_dropped(shell: Shell) -> None:
    shell("add wang --role admin", GOOD)
    code, _, _ = shell("passwd wang --drop-totp", "后天再去买五斤大白菜\n")
    assert code == 0
    assert not shell.gets_in("wang", GOOD)
    assert shell.gets_in("wang", "后天再去买五斤大白菜")


def test_users_are_disabled_enabled_and_listed(shell: Shell) -> None:
    assert "还没有用户" in shell("list")[1]
    shell("add chief --role admin", GOOD)
    shell("add wang --role officer --role approver", GOOD)
    assert "最后一个" in shell("disable chief")[2]
    assert shell("disable wang")[0] == 0
    assert not shell.gets_in("wang", GOOD)
    assert "wang  社区民警、审批人  停用" in shell("list")[1]
    assert shell("enable wang")[0] == 0
    shell.gets_in("wang", GOOD)
    listed = json.loads(shell("list --json")[1])["users"]
    assert listed[1] == {
        "name": "wang",
        "roles": ["officer", "approver"],
        "disabled": False,
        "must_change": False,
        "totp": False,
        "signed_in_at": "2026-11-23T09:00:00+08:00",
    }
