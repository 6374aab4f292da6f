"""The people behind one delivery to many: who was written to, so that nobody is twice."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from bot.store.api import RecipientState
from bot.store.engine import Engine
from bot.store.moments import to_text

_BEGIN = """
    INSERT INTO recipients (delivery, recipient, state, code, changed_at)
    VALUES (:delivery, :recipient, 'sending', '', :now)
    ON CONFLICT (delivery, recipient) DO UPDATE
        SET state = 'sending', code = '', changed_at = excluded.changed_at
        WHERE recipients.state = 'refused'"""
_END = """
    UPDATE recipients SET state = :state, code = :code, changed_at = :now
    WHERE delivery = :delivery AND recipient = :recipient"""
_GIVE_BACK = """
    DELETE FROM recipients
    WHERE delivery = :delivery AND recipient = :recipient AND state = 'sending'"""
_COUNTS = """
    SELECT state, COUNT(*) FROM recipients WHERE delivery = :delivery GROUP BY state"""
_UNLINK = "UPDATE recipients SET recipient = :nobody WHERE recipient = :person"
_FORGET = "DELETE FROM recipients WHERE changed_at < :before"


class SqlRecipients:
    """Implements ``api.Recipients``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, delivery: str, recipient: str, now: datetime) -> bool:
        values = {"delivery": delivery, "recipient": recipient, "now": to_text(now)}
        return self._engine.change(_BEGIN, values) == 1

    def end(
        self, delivery: str, recipient: str, state: RecipientState, code: str, now: datetime
    ) -> None:
        self._engine.change(
            _END,
            {
                "delivery": delivery,
                "recipient": recipient,
                "state": state,
                "code": code,
                "now": to_text(now),
            },
        )

    def give_back(self, delivery: str, recipient: str) -> None:
        self._engine.change(_GIVE_BACK, {"delivery": delivery, "recipient": recipient})

    def counts(self, delivery: str) -> Mapping[RecipientState, int]:
        return dict(self._engine.select(_COUNTS, {"delivery": delivery}))

    def forget_person(self, channel: str, person: str) -> None:
        """They stay counted, and nobody can tell any more that it was they."""
        self._engine.change(_UNLINK, {"person": person, "nobody": f"left:{secrets.token_hex(8)}"})

    def forget(self, before: datetime) -> None:
        """Delete what was last touched before that moment."""
        self._engine.change(_FORGET, {"before": to_text(before)})
