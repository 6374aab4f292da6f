"""Messages received: each judged once, and replays of a signature with another message refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.store.api import Claim
from bot.store.engine import Engine, Values
from bot.store.moments import from_optional, to_text
from bot.types import Message

CLAIM_SECONDS = 10
"""A claim left unanswered for this long is given out again (its worker died)."""

SIGNATURE_HOURS = 24
"""How long a signature is remembered; its clock window is only minutes (design §5)."""

_REMEMBER = """
    INSERT INTO nonces (channel, signature, fingerprint, seen_at)
    VALUES (:channel, :signature, :fingerprint, :now)
    ON CONFLICT (channel, signature) DO UPDATE SET
        fingerprint = CASE WHEN nonces.seen_at <= :forgotten
            THEN excluded.fingerprint ELSE nonces.fingerprint END,
        seen_at = CASE WHEN nonces.seen_at <= :forgotten
            THEN excluded.seen_at ELSE nonces.seen_at END
    RETURNING fingerprint"""
_CLAIM = """
    INSERT INTO inbox (channel, message, claimed_at) VALUES (:channel, :message, :now)
    ON CONFLICT (channel, message) DO UPDATE SET claimed_at = excluded.claimed_at
        WHERE inbox.answered_at IS NULL AND inbox.claimed_at <= :abandoned"""
_LOOK = "SELECT answered_at, reply FROM inbox WHERE channel = :channel AND message = :message"
_PEEK = """
    SELECT answered_at, reply, claimed_at FROM inbox
    WHERE channel = :channel AND message = :message"""
_LAST_ANSWERED = """
    SELECT MAX(answered_at) FROM inbox WHERE channel = :channel AND answered_at IS NOT NULL"""
_FINISH = """
    UPDATE inbox SET answered_at = :now, reply = :reply
    WHERE channel = :channel AND message = :message AND answered_at IS NULL"""
_FORGET = "DELETE FROM inbox WHERE claimed_at < :before"
_FORGET_SIGNATURES = "DELETE FROM nonces WHERE seen_at < :before"


class SqlInbox:
    """Implements ``api.Inbox``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, message: Message, signature: str, fingerprint: str, now: datetime) -> Claim:
        moment = to_text(now)
        with self._engine.transaction():
            seen = self._engine.returning(
                _REMEMBER,
                {
                    "channel": message.channel,
                    "signature": signature,
                    "fingerprint": fingerprint,
                    "now": moment,
                    "forgotten": to_text(now - timedelta(hours=SIGNATURE_HOURS)),
                },
            )
            if seen[0][0] != fingerprint:
                return Claim("forged")
            taken = self._engine.change(
                _CLAIM,
                {
                    "channel": message.channel,
                    "message": message.key,
                    "now": moment,
                    "abandoned": to_text(now - timedelta(seconds=CLAIM_SECONDS)),
                },
            )
            if taken:
                return Claim("new")
            found = self._engine.select(_LOOK, {"channel": message.channel, "message": message.key})
        answered_at, reply = found[0]
        return Claim("busy") if answered_at is None else Claim("done", reply)

    def look(self, message: Message, now: datetime) -> Claim:
        found = self._engine.select(_PEEK, {"channel": message.channel, "message": message.key})
        abandoned = to_text(now - timedelta(seconds=CLAIM_SECONDS))
        if not found or (found[0][0] is None and found[0][2] <= abandoned):
            return Claim("new")
        answered_at, reply, _ = found[0]
        return Claim("busy") if answered_at is None else Claim("done", reply)

    def last_answered(self, channel: str) -> datetime | None:
        rows = self._engine.select(_LAST_ANSWERED, {"channel": channel})
        return from_optional(rows[0][0])

    def finish(
        self, message: Message, reply: str | None, now: datetime, keep: Callable[[], None]
    ) -> str | None:
        own: Values = {"channel": message.channel, "message": message.key}
        with self._engine.transaction():
            if self._engine.change(_FINISH, {**own, "now": to_text(now), "reply": reply}):
                keep()
                return reply
            found = self._engine.select(_LOOK, own)
        return found[0][1] if found else reply

    def forget(self, before: datetime, now: datetime) -> None:
        self._engine.change(_FORGET, {"before": to_text(before)})
        signatures = now - timedelta(hours=SIGNATURE_HOURS)
        self._engine.change(_FORGET_SIGNATURES, {"before": to_text(signatures)})
