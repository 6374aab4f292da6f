"""Questions that wait for staff, in groups of like ones; what was decided; wished phrasings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.store.asked import Addition, AdditionState, Decision, GroupRow, QuestionRow
from bot.store.engine import Engine, Row, Values
from bot.store.moments import from_text, to_text

_QUESTION = "channel, message, scrubbed, asked_at, reason"
_UNGROUPED = f"""
    SELECT {_QUESTION} FROM unanswered
    WHERE group_id = '' ORDER BY asked_at LIMIT :limit"""  # noqa: S608  # columns are constants
_IN_GROUP = f"""
    SELECT {_QUESTION} FROM unanswered
    WHERE group_id = :group ORDER BY asked_at DESC, message LIMIT :limit"""  # noqa: S608
_GROUP = """group_id, example, size, marked, first_at, last_at, decision, item, actor,
        decided_at"""
_ABOUT = "AND (:like = '' OR example LIKE :like ESCAPE '!')"
_COUNT_OPEN = f"SELECT COUNT(*) FROM question_groups WHERE decision = '' {_ABOUT}"  # noqa: S608
_GROWING = f"""
    SELECT {_GROUP} FROM question_groups WHERE decision IN ('', 'not_ours')
    ORDER BY last_at DESC LIMIT :limit"""  # noqa: S608
_OPEN = f"""
    SELECT {_GROUP} FROM question_groups WHERE decision = '' {_ABOUT}
    ORDER BY size DESC, last_at DESC LIMIT :limit OFFSET :offset"""  # noqa: S608
_DECIDED = f"""
    SELECT {_GROUP} FROM question_groups WHERE decision <> '' {_ABOUT}
    ORDER BY decided_at DESC, group_id LIMIT :limit OFFSET :offset"""  # noqa: S608
_ONE = f"SELECT {_GROUP} FROM question_groups WHERE group_id = :group"  # noqa: S608
_MAKE = """
    INSERT INTO question_groups (group_id, example, size, marked, first_at, last_at, decision,
        item, actor, decided_at)
    VALUES (:group, :example, 0, 0, :asked_at, :asked_at, '', '', '', '')
    ON CONFLICT (group_id) DO UPDATE SET decision = '', item = '', actor = '', decided_at = ''
        WHERE question_groups.decision NOT IN ('', 'not_ours')"""
_PUT = """
    UPDATE unanswered SET group_id = :group, decided = CASE WHEN (SELECT decision
        FROM question_groups g WHERE g.group_id = :group) = '' THEN 0 ELSE 1 END
    WHERE channel = :channel AND message = :message"""
_RECOUNT = """
    UPDATE question_groups SET
        size = (SELECT COUNT(*) FROM unanswered u WHERE u.group_id = question_groups.group_id),
        marked = (SELECT COUNT(*) FROM unanswered u
            WHERE u.group_id = question_groups.group_id AND u.reason = 'marked'),
        first_at = COALESCE((SELECT MIN(asked_at) FROM unanswered u
            WHERE u.group_id = question_groups.group_id), first_at),
        last_at = COALESCE((SELECT MAX(asked_at) FROM unanswered u
            WHERE u.group_id = question_groups.group_id), last_at),
        example = COALESCE((SELECT scrubbed FROM unanswered u
            WHERE u.group_id = question_groups.group_id ORDER BY asked_at LIMIT 1), example)"""
_RECOUNT_ONE = f"{_RECOUNT} WHERE group_id = :group"
_RECOUNT_OLD = f"{_RECOUNT} WHERE first_at < :before"
_DROP_EMPTY = "DELETE FROM question_groups WHERE size = 0"
_FORGET = "DELETE FROM unanswered WHERE asked_at < :before"
_DECIDE = """
    UPDATE question_groups SET decision = :decision, item = :item, actor = :actor,
        decided_at = :now
    WHERE group_id = :group AND decision = :before"""
_DECIDE_QUESTIONS = "UPDATE unanswered SET decided = :decided WHERE group_id = :group"
_ADD = """
    INSERT INTO additions (addition, item, field, text, actor, added_at, state, group_id)
    VALUES (:addition, :item, :field, :text, :actor, :added_at, 'pending', :group)
    ON CONFLICT (addition) DO UPDATE SET state = 'pending', actor = excluded.actor,
        added_at = excluded.added_at, group_id = excluded.group_id
        WHERE additions.state <> 'pending'"""
_ADDITIONS = """
    SELECT addition, item, field, text, actor, added_at, state, group_id FROM additions
    WHERE state = :state ORDER BY added_at DESC, addition LIMIT :limit"""
_MOVE = "UPDATE additions SET state = :state WHERE addition = :addition AND state = 'pending'"


class SqlQuestions:
    """Implements ``asked.Questions``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ungrouped(self, limit: int) -> tuple[QuestionRow, ...]:
        return tuple(map(_question, self._engine.select(_UNGROUPED, {"limit": limit})))

    def growing(self, limit: int) -> tuple[GroupRow, ...]:
        return tuple(map(_group, self._engine.select(_GROWING, {"limit": limit})))

    def put(self, group: str, questions: Sequence[QuestionRow]) -> None:
        with self._engine.transaction():
            for question in questions:
                self._engine.change(
                    _MAKE,
                    {
                        "group": group,
                        "example": question.scrubbed,
                        "asked_at": to_text(question.asked_at),
                    },
                )
                self._engine.change(
                    _PUT,
                    {
                        "group": group,
                        "channel": question.channel,
                        "message": question.message,
                    },
                )
            self._engine.change(_RECOUNT_ONE, {"group": group})

    def groups(
        self, open_only: bool, limit: int, offset: int = 0, text: str = ""
    ) -> tuple[GroupRow, ...]:
        sql = _OPEN if open_only else _DECIDED
        rows = self._engine.select(sql, {"limit": limit, "offset": offset, "like": _like(text)})
        return tuple(map(_group, rows))

    def open_groups(self, text: str = "") -> int:
        return int(self._engine.select(_COUNT_OPEN, {"like": _like(text)})[0][0])

    def group(self, group: str) -> GroupRow | None:
        rows = self._engine.select(_ONE, {"group": group})
        return _group(rows[0]) if rows else None

    def in_group(self, group: str, limit: int) -> tuple[QuestionRow, ...]:
        rows = self._engine.select(_IN_GROUP, {"group": group, "limit": limit})
        return tuple(map(_question, rows))

    def decide(
        self, group: GroupRow, decision: Decision, item: str, actor: str, now: datetime
    ) -> bool:
        with self._engine.transaction():
            changed = self._engine.change(
                _DECIDE,
                {
                    "group": group.id,
                    "before": group.decision,
                    "decision": decision,
                    "item": item,
                    "actor": actor if decision else "",
                    "now": to_text(now) if decision else "",
                },
            )
            if changed:
                values: Values = {"group": group.id, "decided": int(bool(decision))}
                self._engine.change(_DECIDE_QUESTIONS, values)
        return bool(changed)

    def add(self, additions: Iterable[Addition]) -> int:
        with self._engine.transaction():
            return sum(
                self._engine.change(
                    _ADD,
                    {
                        "addition": one.id,
                        "item": one.item,
                        "field": one.field,
                        "text": one.text,
                        "actor": one.actor,
                        "added_at": to_text(one.added_at),
                        "group": one.group,
                    },
                )
                for one in additions
            )

    def additions(self, state: AdditionState, limit: int) -> tuple[Addition, ...]:
        rows = self._engine.select(_ADDITIONS, {"state": state, "limit": limit})
        return tuple(map(_addition, rows))

    def move_addition(self, addition: str, state: AdditionState) -> bool:
        return bool(self._engine.change(_MOVE, {"addition": addition, "state": state}))

    def forget(self, before: datetime) -> None:
        moment = {"before": to_text(before)}
        self._engine.change(_FORGET, moment)
        self._engine.change(_RECOUNT_OLD, moment)
        self._engine.change(_DROP_EMPTY)


def _like(text: str) -> str:
    literal = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{literal}%" if literal else ""


def recount(engine: Engine, groups: Iterable[str]) -> None:
    """Bring groups up to date after questions have left them."""
    for group in groups:
        engine.change(_RECOUNT_ONE, {"group": group})
    engine.change(_DROP_EMPTY)


def _question(row: Row) -> QuestionRow:
    return QuestionRow(row[0], row[1], row[2], from_text(row[3]), row[4])


def _addition(row: Row) -> Addition:
    return Addition(
        id=row[0],
        item=row[1],
        field=row[2],
        text=row[3],
        actor=row[4],
        added_at=from_text(row[5]),
        state=row[6],
        group=row[7],
    )


def _group(row: Row) -> GroupRow:
    return GroupRow(
        id=row[0],
        example=row[1],
        size=row[2],
        marked=row[3],
        first_at=from_text(row[4]),
        last_at=from_text(row[5]),
        decision=row[6],
        item=row[7],
        actor=row[8],
        decided_at=from_text(row[9]) if row[9] else None,
    )
