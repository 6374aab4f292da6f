"""What was answered: the log that is written with every answer, and what staff read in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from bot.privacy import scrub
from bot.store.api import UnansweredRow
from bot.store.asked import AnswerRow, AnswerSearch, Count, MarkRow
from bot.store.engine import Engine, Row
from bot.store.moments import EVER, from_text, to_text
from bot.store.questions import recount
from bot.types import Alternative, Answer, Message, Verdict, VerdictName

_RECORD = """
    INSERT INTO answers (channel, message, chat_type, verdict, category, entry, score, silent,
        revision, answered_at, scrubbed, reply, found, sender)
    VALUES (:channel, :message, :chat_type, :verdict, :category, :entry, :score, :silent,
        :revision, :now, :scrubbed, :reply, :found, :sender)
    ON CONFLICT (channel, message) DO UPDATE SET verdict = excluded.verdict,
        category = excluded.category, entry = excluded.entry, score = excluded.score,
        silent = excluded.silent, revision = excluded.revision,
        answered_at = excluded.answered_at, scrubbed = excluded.scrubbed,
        reply = excluded.reply, found = excluded.found, sender = excluded.sender"""
_KEEP = """
    INSERT INTO unanswered (channel, message, scrubbed, asked_at)
    VALUES (:channel, :message, :scrubbed, :now)
    ON CONFLICT (channel, message) DO NOTHING"""
_UNANSWERED = """
    SELECT channel, scrubbed, asked_at FROM unanswered ORDER BY asked_at DESC LIMIT :limit"""
_COUNT = "SELECT COUNT(*) FROM unanswered WHERE decided = 0"
_TALLY = """
    SELECT verdict, COUNT(*) FROM answers
    WHERE answered_at >= :since AND silent = 0 GROUP BY verdict"""
_COUNTS = """
    SELECT verdict, category, COUNT(*) FROM answers
    WHERE answered_at >= :since AND answered_at < :until AND silent = 0
    GROUP BY verdict, category"""
_COLUMNS = """a.channel, a.message, a.chat_type, a.verdict, a.category, a.entry, a.score,
        a.silent, a.revision, a.answered_at, a.scrubbed, a.reply, a.found,
        m.should IS NOT NULL, EXISTS (SELECT 1 FROM feedback f WHERE f.channel = a.channel
            AND f.message = a.message AND f.useful = 0)"""
_MARKS = "answer_marks m ON m.channel = a.channel AND m.message = a.message"
_FIND = f"""
    SELECT {_COLUMNS} FROM answers a LEFT JOIN {_MARKS}
    WHERE a.answered_at >= :since AND a.answered_at < :until
        AND (:verdict = '' OR a.verdict = :verdict)
        AND (:category = '' OR a.category = :category)
        AND (:like = '' OR a.scrubbed LIKE :like ESCAPE '!')
        AND (:useless = 0 OR EXISTS (SELECT 1 FROM feedback f WHERE f.channel = a.channel
            AND f.message = a.message AND f.useful = 0))
    ORDER BY a.answered_at DESC, a.message LIMIT :limit OFFSET :offset"""  # noqa: S608
_FIND_MARKED = _FIND.replace(f"answers a LEFT JOIN {_MARKS}", f"answers a JOIN {_MARKS}")
_ONE = f"""
    SELECT {_COLUMNS} FROM answers a LEFT JOIN {_MARKS}
    WHERE a.channel = :channel AND a.message = :message"""  # noqa: S608
_MARK_OF = """
    SELECT actor, marked_at, should, item, note FROM answer_marks
    WHERE channel = :channel AND message = :message"""
_MARK = """
    INSERT INTO answer_marks (channel, message, marked_at, actor, should, item, note)
    VALUES (:channel, :message, :marked_at, :actor, :should, :item, :note)
    ON CONFLICT (channel, message) DO UPDATE SET marked_at = excluded.marked_at,
        actor = excluded.actor, should = excluded.should, item = excluded.item,
        note = excluded.note"""
_GROUP_OF = """
    SELECT group_id FROM unanswered WHERE channel = :channel AND message = :message"""
_MAKE_WAIT = """
    INSERT INTO unanswered (channel, message, scrubbed, asked_at, reason)
    VALUES (:channel, :message, :scrubbed, :asked_at, 'marked')
    ON CONFLICT (channel, message) DO UPDATE SET reason = 'marked',
        group_id = CASE WHEN unanswered.decided = 1 THEN '' ELSE unanswered.group_id END,
        decided = 0"""
_FORGET_QUESTIONS_OF = """
    DELETE FROM unanswered WHERE channel = :channel AND message IN (SELECT message
        FROM answers WHERE sender = :sender AND channel = :channel)
    RETURNING group_id"""
_FORGET_PERSON = """
    UPDATE answers SET scrubbed = '', reply = '', sender = ''
    WHERE sender = :sender AND channel = :channel"""
_FORGET = "DELETE FROM answers WHERE answered_at < :before"
_FORGET_MARKS = """
    DELETE FROM answer_marks WHERE marked_at < :before AND NOT EXISTS (SELECT 1 FROM answers a
        WHERE a.channel = answer_marks.channel AND a.message = answer_marks.message)"""


class SqlAnswers:
    """Implements ``api.Answers``, ``api.Unanswered`` and ``asked.AnswerLog``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, message: Message, scrubbed: str, answer: Answer, now: datetime) -> None:
        verdict = answer.verdict
        values = {
            "channel": message.channel,
            "message": message.key,
            "chat_type": message.chat_type,
            "verdict": verdict.name,
            "category": verdict.category,
            "entry": verdict.entry,
            "score": verdict.score,
            "silent": int(answer.silent),
            "revision": answer.kb,
            "now": to_text(now),
            "scrubbed": scrubbed,
            "reply": scrub(answer.reply or ""),
            "found": _found(verdict),
            "sender": message.sender if scrubbed else "",
        }
        with self._engine.transaction():
            self._engine.change(_RECORD, values)
            if verdict.name == "unknown" and scrubbed:
                kept = ("channel", "message", "scrubbed", "now")
                self._engine.change(_KEEP, {name: values[name] for name in kept})

    def unanswered(self, limit: int) -> tuple[UnansweredRow, ...]:
        rows = self._engine.select(_UNANSWERED, {"limit": limit})
        return tuple(UnansweredRow(row[0], row[1], from_text(row[2])) for row in rows)

    def count(self) -> int:
        return int(self._engine.select(_COUNT)[0][0])

    def tally(self, since: datetime) -> Mapping[VerdictName, int]:
        return {row[0]: row[1] for row in self._engine.select(_TALLY, {"since": to_text(since)})}

    def counts(self, since: datetime, until: datetime) -> tuple[Count, ...]:
        rows = self._engine.select(_COUNTS, {"since": to_text(since), "until": to_text(until)})
        return tuple(Count(*row) for row in rows)

    def find(self, search: AnswerSearch, limit: int, offset: int = 0) -> tuple[AnswerRow, ...]:
        literal = search.text
        for sign in "!%_":
            literal = literal.replace(sign, "!" + sign)
        rows = self._engine.select(
            _FIND_MARKED if search.marked else _FIND,
            {
                "since": to_text(search.since) if search.since else EVER[0],
                "until": to_text(search.until) if search.until else EVER[1],
                "verdict": search.verdict,
                "category": search.category,
                "useless": int(search.useless),
                "like": f"%{literal}%" if literal else "",
                "limit": limit,
                "offset": offset,
            },
        )
        return tuple(map(_row, rows))

    def one(self, channel: str, message: str) -> AnswerRow | None:
        rows = self._engine.select(_ONE, {"channel": channel, "message": message})
        return _row(rows[0]) if rows else None

    def mark_of(self, channel: str, message: str) -> MarkRow | None:
        rows = self._engine.select(_MARK_OF, {"channel": channel, "message": message})
        return MarkRow(rows[0][0], from_text(rows[0][1]), *rows[0][2:]) if rows else None

    def mark(self, answer: AnswerRow, mark: MarkRow) -> None:
        key = {"channel": answer.channel, "message": answer.message}
        with self._engine.transaction():
            before = self._engine.select(_GROUP_OF, key)
            self._engine.change(
                _MARK,
                {
                    **key,
                    "marked_at": to_text(mark.marked_at),
                    "actor": mark.actor,
                    "should": mark.should,
                    "item": mark.item,
                    "note": mark.note,
                },
            )
            self._engine.change(
                _MAKE_WAIT,
                {**key, "scrubbed": answer.scrubbed, "asked_at": to_text(answer.answered_at)},
            )
            recount(self._engine, {row[0] for row in before})

    def forget_person(self, channel: str, sender: str) -> None:
        whose = {"channel": channel, "sender": sender}
        with self._engine.transaction():
            left = self._engine.returning(_FORGET_QUESTIONS_OF, whose)
            recount(self._engine, {row[0] for row in left})
            self._engine.change(_FORGET_PERSON, whose)

    def forget(self, before: datetime) -> None:
        self._engine.change(_FORGET, {"before": to_text(before)})
        self._engine.change(_FORGET_MARKS, {"before": to_text(before)})


def _found(verdict: Verdict) -> str:
    """What the judge saw, as JSON without anything of the resident's words."""
    seen = {
        "signs": verdict.signs,
        "near": [(near.entry, near.category, near.score) for near in verdict.alternatives],
        "stage": verdict.stage,
    }
    kept = {name: value for name, value in seen.items() if value}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else ""


def _row(row: Row) -> AnswerRow:
    found = json.loads(row[12]) if row[12] else {}
    return AnswerRow(
        channel=row[0],
        message=row[1],
        chat_type=row[2],
        verdict=row[3],
        category=row[4],
        entry=row[5],
        score=row[6],
        silent=bool(row[7]),
        revision=row[8],
        answered_at=from_text(row[9]),
        scrubbed=row[10],
        reply=row[11],
        signs=tuple(found.get("signs", ())),
        alternatives=tuple(Alternative(*near) for near in found.get("near", ())),
        stage=found.get("stage", ""),
        marked=bool(row[13]),
        useless=bool(row[14]),
    )
