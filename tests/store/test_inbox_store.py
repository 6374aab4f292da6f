from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.store.sqlite import open_sqlite
from bot.store.sqlstore import SqlStore
from bot.types import Message

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
MESSAGE = Message(
    key="m1", channel="mp:demo", sender="s", chat="c", chat_type="private", kind="text", text="t"
)


def nothing() -> None:
    """Nothing is kept beside the reply."""


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_new_message_is_given_out_once(store: SqlStore) -> None:
    assert store.inbox.claim(MESSAGE, "sig", "print", NOW).kind == "new"
    assert store.inbox.claim(MESSAGE, "sig", "print", later(1)).kind == "busy"


@pytest.mark.parametrize("reply", ["这是诈骗", None])
def test_a_judged_message_gets_the_same_reply_also_after_a_restart(
    tmp_path: Path, reply: str | None
) -> None:
    first = open_sqlite(tmp_path / "other.db")
    first.inbox.claim(MESSAGE, "sig", "print", NOW)
    first.inbox.finish(MESSAGE, reply, NOW, nothing)
    first.close()
    second = open_sqlite(tmp_path / "other.db")
    claim = second.inbox.claim(MESSAGE, "sig", "print", later(60))
    second.close()
    assert (claim.kind, claim.reply) == ("done", reply)


def test_a_claim_nobody_answered_is_given_out_again_after_ten_seconds(store: SqlStore) -> None:
    store.inbox.claim(MESSAGE, "sig", "print", NOW)
    assert store.inbox.claim(MESSAGE, "sig", "print", later(9.9)).kind == "busy"
    assert store.inbox.claim(MESSAGE, "sig", "print", later(10)).kind == "new"
    assert store.inbox.claim(MESSAGE, "sig", "print", later(11)).kind == "busy"


def test_the_first_answer_stands_and_a_later_one_keeps_nothing(store: SqlStore) -> None:
    kept: list[str] = []
    store.inbox.claim(MESSAGE, "sig", "print", NOW)
    first = store.inbox.finish(MESSAGE, "first", NOW, lambda: kept.append("first"))
    second = store.inbox.finish(MESSAGE, "second", later(1), lambda: kept.append("second"))
    assert first == second == store.inbox.claim(MESSAGE, "sig", "print", later(2)).reply == "first"
    assert kept == ["first"]


def test_a_reply_whose_talk_cannot_be_kept_is_not_given(store: SqlStore) -> None:
    def fail() -> None:
        store.conversations.put("mp:demo", "c", "s", "{}", NOW)
        raise OSError("disk full")

    store.inbox.claim(MESSAGE, "sig", "print", NOW)
    with pytest.raises(OSError, match="disk full"):
        store.inbox.finish(MESSAGE, "reply", NOW, fail)
    assert store.conversations.get("mp:demo", "c", "s") is None
    assert store.inbox.claim(MESSAGE, "sig", "print", later(10)).kind == "new"


def test_a_known_signature_with_another_message_is_forged(store: SqlStore) -> None:
    store.inbox.claim(MESSAGE, "sig", "print", NOW)
    other = replace(MESSAGE, key="m2")
    assert store.inbox.claim(other, "sig", "other print", later(1)).kind == "forged"
    assert store.inbox.claim(other, "own sig", "other print", later(2)).kind == "new"


def test_a_forgery_does_not_push_the_true_message_aside(store: SqlStore) -> None:
    store.inbox.claim(MESSAGE, "sig", "print", NOW)
    store.inbox.claim(replace(MESSAGE, key="m2"), "sig", "other print", later(1))
    store.inbox.finish(MESSAGE, "reply", later(2), nothing)
    assert store.inbox.claim(MESSAGE, "sig", "print", later(3)).kind == "done"


def test_a_retry_under_another_signature_is_a_retry(store: SqlStore) -> None:
    store.inbox.claim(MESSAGE, "sig", "print", NOW)
    store.inbox.finish(MESSAGE, "reply", NOW, nothing)
    assert store.inbox.claim(MESSAGE, "sig 2", "print", later(5)).reply == "reply"


def test_the_signature_of_a_retry_is_remembered_too(store: SqlStore) -> None:
    store.inbox.claim(MESSAGE, "sig", "print", NOW)
    store.inbox.claim(MESSAGE, "sig 2", "print", later(5))
    forged = store.inbox.claim(replace(MESSAGE, key="m2"), "sig 2", "other", later(6))
    assert forged.kind == "forged"


def test_signatures_are_forgotten_after_a_day(store: SqlStore) -> None:
    store.inbox.claim(MESSAGE, "sig", "print", NOW)
    other = replace(MESSAGE, key="m2")
    assert store.inbox.claim(other, "sig", "other", NOW + timedelta(hours=23)).kind == "forged"
    assert store.inbox.claim(other, "sig", "other", NOW + timedelta(hours=24)).kind == "new"


def test_channels_do_not_share_messages_or_signatures(store: SqlStore) -> None:
    store.inbox.claim(MESSAGE, "sig", "print", NOW)
    elsewhere = replace(MESSAGE, channel="wecom:station")
    assert store.inbox.claim(elsewhere, "sig", "other", NOW).kind == "new"


def test_old_messages_are_forgotten(store: SqlStore) -> None:
    store.inbox.claim(MESSAGE, "sig", "print", NOW)
    store.inbox.finish(MESSAGE, "reply", NOW, nothing)
    store.forget(NOW + timedelta(days=1), NOW + timedelta(days=91))
    assert store.inbox.claim(MESSAGE, "sig", "other", NOW + timedelta(days=91)).kind == "new"
