"""A year of a busy station in one SQLite file: 200,000 answers, 50,000 deliveries to 2,000 groups.

    python tools/seed.py FOLDER

makes FOLDER/bot.db, FOLDER/knowledge and FOLDER/broadcasts (the shipped content with a larger group
book). The same seed gives the same data. For trying the console and for measuring its pages
(tools/bench_console.py); never for a database in use.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.kb.load import load_knowledge  # noqa: E402
from bot.kb.model import Knowledge  # noqa: E402
from bot.store.engine import Values  # noqa: E402
from bot.store.migrations import migrate  # noqa: E402
from bot.store.moments import to_text  # noqa: E402
from bot.store.sqlite import SqliteEngine  # noqa: E402

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SEED = 20261123
_VERDICTS = ("scam", "info", "suspicious", "off_topic", "unknown", "emergency")
_SHARES = (38, 30, 10, 10, 8, 4)
_HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 10, 11, 11, 9, 8, 8, 9, 10, 10, 9, 8, 9, 9, 7, 4, 2)
"""How busy each hour of a local day is."""
_VAGUE_WHO = (
    "有个人",
    "有个女的",
    "群里的人",
    "一个老乡",
    "同事介绍的",
    "自称主任的",
    "网友",
    "亲戚",
)
_VAGUE_WHAT = (
    "让我明天再联系他", "叫我去他那里看看", "问我方不方便", "说有好事找我", "让我帮他一个忙",
    "发了个东西给我", "给我留了言", "说要来家里", "叫我保密", "约我见面", "让我填个表",
    "说下周再说", "问我的年纪", "让我别着急", "讲了半天我没听懂", "送我一样东西",
)  # fmt: skip
_VAGUE_END = ("", "，怎么办", "，这是啥意思", "，要不要理", "，可信吗", "，我拿不准")
_ROLES = (("editor",), ("officer",), ("officer",), ("approver",), ("viewer",), ("admin",))


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is made."""

    answers: int = 200_000
    editions: int = 25
    groups: int = 2_000
    audit: int = 20_000


def seed(folder: Path, sizes: Sizes = Sizes(), now: datetime = NOW) -> Path:
    """Make the content and the database below ``folder``; the database's path.

    Raises:
        FileExistsError: there is a database already.
    """
    path = folder / "bot.db"
    if path.exists():
        raise FileExistsError(path)
    chance = random.Random(SEED)  # the same data each time, nothing secret
    for name in ("knowledge", "broadcasts"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    write_book(folder / "broadcasts" / "groups.yaml", sizes.groups, chance)
    knowledge = load_knowledge(folder / "knowledge")
    engine = SqliteEngine(path)
    migrate(engine)
    _Seeder(engine, chance, now, knowledge).fill(sizes)
    engine.close()
    return path


def group_name(number: int) -> str:
    """The id of a seeded group."""
    return f"seed-{number:04d}"


def write_book(path: Path, groups: int, chance: random.Random) -> None:
    """Add ``groups`` groups to a group book, most of them served by hand."""
    lines = [path.read_text("utf-8").rstrip("\n")]
    for number in range(groups):
        kind = chance.choice(("community", "enterprise", "school", "village"))
        audience = chance.choice(("elderly", "parent", "finance", "student", "women"))
        channel = (
            '{type: wecom_robot, key: "${ROBOT_KEY_HENGDA}"}'
            if number % 5 == 0
            else f"{{type: wecom_external, account: station, chat_ids: [wrSeed{number}]}}"
            if number % 5 < 3
            else "{type: paste}"
        )
        lines.append(
            f"  - {{id: {group_name(number)}, name: 第 {number + 1} 号群, kind: {kind}, "
            f"audience: [{audience}], channel: {channel}, owner: zhang}}"
        )
    path.write_text("\n".join(lines) + "\n", "utf-8")


class _Seeder:
    def __init__(
        self, engine: SqliteEngine, chance: random.Random, now: datetime, knowledge: Knowledge
    ) -> None:
        self._engine = engine
        self._chance = chance
        self._now = now
        self._entries = [(one.id, one.category, one.asks + one.says) for one in knowledge.entries]
        self._guides = [(one.id, one.asks) for one in knowledge.guides]
        self._weights = [chance.paretovariate(1.2) for _ in self._entries]

    def fill(self, sizes: Sizes) -> None:
        with self._engine.transaction():
            answers = list(self._answers(sizes.answers))
            self._insert("answers", answers)
            self._insert("inbox", map(_received, answers))
            self._questions([one for one in answers if one["verdict"] == "unknown"])
            self._marks(answers)
            self._warnings(sizes)
            self._insert("sightings", list(self._sightings(sizes.groups)))
            self._staff(sizes.audit)

    def _insert(self, table: str, rows: Iterator[Values] | Sequence[Values] | map[Values]) -> None:
        rows = list(rows)
        if rows:
            columns = ", ".join(rows[0])
            places = ", ".join(f":{name}" for name in rows[0])
            sql = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # our own
            self._engine.change_many(sql, rows)

    def _moments(self, count: int) -> list[str]:
        days = [self._now - timedelta(days=back) for back in range(365)]
        hours = self._chance.choices(range(24), _HOURS, k=count)
        found = []
        for number in range(count):
            # UTC+8: an hour of a local day, at any minute of it.
            midnight = days[number % 365].replace(hour=0, minute=0) - timedelta(hours=8)
            second = self._chance.randrange(3600)
            found.append(midnight + timedelta(hours=hours[number], seconds=second))
        return [to_text(moment) for moment in sorted(found) if moment < self._now]

    def _answers(self, count: int) -> Iterator[Values]:
        verdicts = self._chance.choices(_VERDICTS, _SHARES, k=count)
        entries = self._chance.choices(self._entries, self._weights, k=count)
        for number, moment in enumerate(self._moments(count)):
            verdict, (entry, category, says) = verdicts[number], entries[number]
            if verdict in ("info", "off_topic"):
                entry, says = self._chance.choice(self._guides)
            text = self._vague() if verdict == "unknown" else self._chance.choice(says)
            near = self._chance.sample(self._entries, 3)
            found = {"signs": ["pay_to_withdraw"], "near": [(n[0], n[1], 0.2) for n in near]}
            known = verdict not in ("unknown", "off_topic")
            yield {
                "channel": "mp:demo" if number % 3 else "aibot:demo",
                "message": f"seed-{number:07d}",
                "chat_type": "private" if number % 3 else "group",
                "verdict": verdict,
                "category": category if known and verdict != "info" else None,
                "entry": entry if known else None,
                "score": round(self._chance.random(), 3),
                "silent": 0,
                "revision": f"kb-{number // 20_000}",
                "answered_at": moment,
                "scrubbed": text,
                "reply": "这是诈骗：先垫钱再返利的都是诈骗。\n不轻信：截图当不了真。",
                "found": json.dumps(found),
                "sender": hashlib.md5(str(number % 30_000).encode()).hexdigest(),
            }

    def _vague(self) -> str:
        pick = self._chance.choice
        return f"{pick(_VAGUE_WHO)}{pick(_VAGUE_WHAT)}{pick(_VAGUE_END)}"

    def _questions(self, answers: Sequence[Values]) -> None:
        """Unanswered ones, grouped as the worker would; the older half of the groups is done."""
        groups: dict[str, list[Values]] = {}
        for one in answers:
            month = str(one["answered_at"])[:7]
            stem = str(one["scrubbed"]).partition("，")[0]
            groups.setdefault(f"{month} {stem}", []).append(one)
        recent = to_text(self._now - timedelta(days=60))
        for name, members in groups.items():
            own = hashlib.sha256(name.encode()).hexdigest()[:12]
            done = str(members[-1]["answered_at"]) < recent
            last = str(members[-1]["answered_at"])
            self._insert(
                "question_groups",
                [
                    {
                        "group_id": own,
                        "example": members[0]["scrubbed"],
                        "size": len(members),
                        "marked": 0,
                        "first_at": members[0]["answered_at"],
                        "last_at": last,
                        "decision": "done" if done else "",
                        "item": "",
                        "actor": "王芳" if done else "",
                        "decided_at": last if done else "",
                    }
                ],
            )
            self._insert(
                "unanswered",
                [
                    {
                        "channel": one["channel"],
                        "message": one["message"],
                        "scrubbed": one["scrubbed"],
                        "asked_at": one["answered_at"],
                        "reason": "unknown",
                        "group_id": own,
                        "decided": int(done),
                    }
                    for one in members
                ],
            )

    def _marks(self, answers: Sequence[Values]) -> None:
        marked = self._chance.sample(list(answers), min(500, len(answers)))
        self._insert(
            "answer_marks",
            [
                {
                    "channel": one["channel"],
                    "message": one["message"],
                    "marked_at": one["answered_at"],
                    "actor": "王芳",
                    "should": "ordinary",
                    "item": "",
                    "note": "",
                }
                for one in marked
            ],
        )
        heard = self._chance.sample(list(answers), len(answers) // 20)
        self._insert(
            "feedback",
            [
                {
                    "channel": one["channel"],
                    "message": one["message"],
                    "sender": one["sender"],
                    "useful": int(self._chance.random() < 0.8),
                    "given_at": one["answered_at"],
                }
                for one in heard
            ],
        )

    def _warnings(self, sizes: Sizes) -> None:
        for number in range(sizes.editions):
            at = self._now - timedelta(weeks=2 * (sizes.editions - 1 - number), hours=1)
            last = number == sizes.editions - 1
            edition = f"weekly-{at:%Y%m%d%H%M}"
            moment = to_text(at)
            self._insert(
                "editions",
                [
                    {
                        "edition": edition,
                        "plan": "weekly",
                        "title": "每周预警",
                        "author": "王芳",
                        "scheduled_at": moment,
                        "created_at": moment,
                        "state": "approved",
                        "approval_required": 1,
                        "category": self._chance.choice(self._entries)[1],
                        "code": f"{100_000 + number}",
                        "hash": hashlib.sha256(edition.encode()).hexdigest(),
                        "detail": "",
                        "slot": moment,
                    }
                ],
            )
            self._insert(
                "edition_texts",
                [
                    {
                        "edition": edition,
                        "digest": "d",
                        "title": "每周预警",
                        "format": "text",
                        "body": "【反诈预警】先垫钱再返利的都是诈骗。" * 4,
                    }
                ],
            )
            self._insert("deliveries", list(self._deliveries(edition, moment, sizes.groups, last)))

    def _deliveries(self, edition: str, moment: str, groups: int, last: bool) -> Iterator[Values]:
        for place in range(groups):
            kind = ("wecom_robot", "wecom_external", "wecom_external", "paste", "paste")[place % 5]
            state = "refused" if place % 97 == 0 else "sent"
            if last and place % 50 == 1:
                state = "awaiting_person" if kind != "wecom_robot" else "unknown"
            yield {
                "edition": edition,
                "group_id": group_name(place),
                "position": place,
                "channel_type": kind,
                "channel_hash": "c",
                "digest": "d",
                "owner": "zhang",
                "state": state,
                "code": "93000" if state == "refused" else "",
                "detail": "机器人的 key 不对，或机器人已被移出群。" if state == "refused" else "",
                "reference": "",
                "by_hand": 0,
                "released_at": moment,
                "not_before": moment,
                "attempts": 1,
                "tries": 1,
                "attempted_at": moment,
            }

    def _sightings(self, groups: int) -> Iterator[Values]:
        """What each group's channel did last: most took it, some refused before or since."""
        yield self._sighting("retention", "worker", "", timedelta(minutes=20))
        for channel in ("mp:demo", "aibot:demo"):
            yield self._sighting("verified", channel, "", timedelta(days=300))
            yield self._sighting("refused", channel, "", timedelta(days=2), words="签名不对")
        for place in range(groups):
            kind = ("wecom_robot", "wecom_external", "wecom_external", "paste", "paste")[place % 5]
            account = "station" if kind == "wecom_external" else group_name(place)
            subject = f"{kind}:{kind} {account}"
            hour = timedelta(hours=1)
            yield self._sighting("reached", subject, group_name(place), hour)
            if place % 97 == 0:
                when = hour * (2 if place % 2 else 0.5)
                yield self._sighting(
                    "unreached", subject, group_name(place), when,
                    "refused", "93000", "机器人的 key 不对，或机器人已被移出群。",
                )  # fmt: skip

    def _sighting(
        self,
        kind: str,
        subject: str,
        place: str,
        ago: timedelta,
        outcome: str = "",
        code: str = "",
        words: str = "",
    ) -> Values:
        at = to_text(self._now - ago)
        return {
            "kind": kind,
            "subject": subject,
            "place": place,
            "seen_at": at,
            "outcome": outcome,
            "code": code,
            "words": words,
            "seen": 1,
            "since": at,
        }

    def _staff(self, lines: int) -> None:
        names = [f"民警{number}" for number in range(1, 21)]
        self._insert(
            "users",
            [
                {
                    "name": name,
                    "roles": " ".join(_ROLES[number % len(_ROLES)]),
                    "password": "-",
                    "must_change": 0,
                    "disabled": 0,
                    "totp": "",
                    "totp_step": 0,
                    "created_at": to_text(self._now - timedelta(days=365)),
                }
                for number, name in enumerate(names)
            ],
        )
        actions = ("signed_in", "approved", "sent", "questions_decided", "answer_marked")
        self._insert(
            "audit",
            [
                {
                    "happened_at": moment,
                    "actor": self._chance.choice(names),
                    "action": self._chance.choice(actions),
                    "subject": f"user:{self._chance.choice(names)}",
                    "detail": "",
                    "was": "",
                    "became": "",
                }
                for moment in self._moments(lines)
            ],
        )


def _received(answer: Values) -> Values:
    return {
        "channel": answer["channel"],
        "message": answer["message"],
        "claimed_at": answer["answered_at"],
        "answered_at": answer["answered_at"],
        "reply": answer["reply"],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="造一年的数据，用来试控制台、量速度")
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args().folder
    began = time.perf_counter()
    made = seed(chosen)
    print(f"{made}: {made.stat().st_size / 2**20:.0f} MB, {time.perf_counter() - began:.0f} s")
