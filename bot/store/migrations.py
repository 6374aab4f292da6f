"""The tables, as numbered steps that only go forward.

A step and the record that it ran are one transaction, and the question whether it ran is asked
inside it: two processes that start at once run each step once. Published steps are never edited.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.store.engine import Engine


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    statements: tuple[str, ...]


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        "messages and answers",
        (
            """CREATE TABLE inbox (
                channel TEXT NOT NULL, message TEXT NOT NULL, claimed_at TEXT NOT NULL,
                answered_at TEXT, reply TEXT, PRIMARY KEY (channel, message))""",
            """CREATE TABLE nonces (
                channel TEXT NOT NULL, signature TEXT NOT NULL, fingerprint TEXT NOT NULL,
                seen_at TEXT NOT NULL, PRIMARY KEY (channel, signature))""",
            """CREATE TABLE conversations (
                channel TEXT NOT NULL, chat TEXT NOT NULL, sender TEXT NOT NULL,
                state TEXT NOT NULL, touched_at TEXT NOT NULL,
                PRIMARY KEY (channel, chat, sender))""",
            """CREATE TABLE answers (
                channel TEXT NOT NULL, message TEXT NOT NULL, chat_type TEXT NOT NULL,
                verdict TEXT NOT NULL, category TEXT, entry TEXT, score REAL NOT NULL,
                silent INTEGER NOT NULL, revision TEXT NOT NULL, answered_at TEXT NOT NULL,
                PRIMARY KEY (channel, message))""",
            "CREATE INDEX answers_answered ON answers (answered_at)",
            """CREATE TABLE unanswered (
                channel TEXT NOT NULL, message TEXT NOT NULL, scrubbed TEXT NOT NULL,
                asked_at TEXT NOT NULL, PRIMARY KEY (channel, message))""",
            "CREATE INDEX unanswered_asked ON unanswered (asked_at)",
            "CREATE TABLE revisions (revision TEXT PRIMARY KEY, first_used_at TEXT NOT NULL)",
        ),
    ),
    Migration(
        2,
        "leases, tokens, audit",
        (
            """CREATE TABLE leases (
                name TEXT PRIMARY KEY, holder TEXT NOT NULL, ends_at TEXT NOT NULL)""",
            """CREATE TABLE tokens (
                name TEXT PRIMARY KEY, token TEXT NOT NULL, ends_at TEXT NOT NULL)""",
            """CREATE TABLE audit (
                happened_at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
                subject TEXT NOT NULL, detail TEXT NOT NULL)""",
            "CREATE INDEX audit_subject ON audit (subject)",
        ),
    ),
    Migration(
        3,
        "warnings",
        (
            """CREATE TABLE editions (
                edition TEXT PRIMARY KEY, plan TEXT NOT NULL, title TEXT NOT NULL,
                author TEXT NOT NULL, scheduled_at TEXT NOT NULL, created_at TEXT NOT NULL,
                state TEXT NOT NULL, approval_required INTEGER NOT NULL, category TEXT,
                code TEXT UNIQUE, hash TEXT NOT NULL, detail TEXT NOT NULL,
                UNIQUE (plan, scheduled_at))""",
            "CREATE INDEX editions_created ON editions (created_at)",
            """CREATE TABLE edition_texts (
                edition TEXT NOT NULL, digest TEXT NOT NULL, title TEXT NOT NULL,
                format TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (edition, digest))""",
            """CREATE TABLE approvals (
                edition TEXT NOT NULL, approver TEXT NOT NULL, hash TEXT NOT NULL,
                approved_at TEXT NOT NULL, PRIMARY KEY (edition, approver, hash))""",
            """CREATE TABLE deliveries (
                edition TEXT NOT NULL, group_id TEXT NOT NULL, position INTEGER NOT NULL,
                channel_type TEXT NOT NULL, channel_hash TEXT NOT NULL, digest TEXT NOT NULL,
                owner TEXT NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL,
                detail TEXT NOT NULL, reference TEXT NOT NULL, by_hand INTEGER NOT NULL,
                released_at TEXT NOT NULL, not_before TEXT NOT NULL, attempts INTEGER NOT NULL,
                tries INTEGER NOT NULL, attempted_at TEXT, PRIMARY KEY (edition, group_id))""",
            "CREATE INDEX deliveries_state ON deliveries (state, edition)",
            "CREATE INDEX deliveries_attempted ON deliveries (attempted_at)",
            """CREATE TABLE attempts (
                edition TEXT NOT NULL, group_id TEXT NOT NULL, number INTEGER NOT NULL,
                holder TEXT NOT NULL, pace_key TEXT NOT NULL, started_at TEXT NOT NULL,
                ended_at TEXT, outcome TEXT, code TEXT, detail TEXT,
                PRIMARY KEY (edition, group_id, number))""",
            "CREATE INDEX attempts_started ON attempts (started_at)",
            """CREATE TABLE plan_starts (
                plan TEXT NOT NULL, schedule TEXT NOT NULL, since TEXT NOT NULL,
                PRIMARY KEY (plan, schedule))""",
        ),
    ),
    Migration(
        4,
        "editions frozen ahead, postponed, alike, urgent",
        (
            "ALTER TABLE editions ADD COLUMN slot TEXT NOT NULL DEFAULT ''",
            "UPDATE editions SET slot = scheduled_at",
            "ALTER TABLE editions ADD COLUMN origin TEXT NOT NULL DEFAULT 'plan'",
            """UPDATE editions SET origin = 'hand' WHERE EXISTS (SELECT 1 FROM deliveries
                WHERE deliveries.edition = editions.edition AND deliveries.by_hand = 1)""",
            "ALTER TABLE editions ADD COLUMN alike TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE editions ADD COLUMN urgent TEXT NOT NULL DEFAULT ''",
            "CREATE INDEX editions_scheduled ON editions (scheduled_at)",
        ),
    ),
    Migration(
        5,
        "staff",
        (
            """CREATE TABLE users (
                name TEXT PRIMARY KEY, roles TEXT NOT NULL, password TEXT NOT NULL,
                must_change INTEGER NOT NULL, disabled INTEGER NOT NULL, totp TEXT NOT NULL,
                totp_step INTEGER NOT NULL, created_at TEXT NOT NULL, signed_in_at TEXT)""",
            """CREATE TABLE sessions (
                token TEXT PRIMARY KEY, name TEXT NOT NULL, started_at TEXT NOT NULL,
                seen_at TEXT NOT NULL)""",
            "CREATE INDEX sessions_name ON sessions (name)",
            """CREATE TABLE login_tries (
                subject TEXT PRIMARY KEY, wrong INTEGER NOT NULL, last_at TEXT NOT NULL)""",
            "ALTER TABLE audit ADD COLUMN was TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE audit ADD COLUMN became TEXT NOT NULL DEFAULT ''",
            "CREATE INDEX audit_happened ON audit (happened_at)",
            "CREATE INDEX audit_actor ON audit (actor, happened_at)",
            "CREATE INDEX deliveries_waiting ON deliveries (state, channel_type)",
        ),
    ),
    Migration(
        6,
        "channels out",
        (
            "ALTER TABLE edition_texts ADD COLUMN extra TEXT NOT NULL DEFAULT ''",
            """CREATE TABLE recipients (
                delivery TEXT NOT NULL, recipient TEXT NOT NULL, state TEXT NOT NULL,
                code TEXT NOT NULL, changed_at TEXT NOT NULL,
                PRIMARY KEY (delivery, recipient))""",
            "CREATE INDEX recipients_changed ON recipients (changed_at)",
            """CREATE TABLE reachable (
                account TEXT NOT NULL, person TEXT NOT NULL, sealed TEXT NOT NULL,
                last_at TEXT NOT NULL, sent INTEGER NOT NULL, PRIMARY KEY (account, person))""",
            "CREATE INDEX reachable_last ON reachable (last_at)",
            """CREATE TABLE mass_jobs (
                account TEXT NOT NULL, job TEXT NOT NULL, tag TEXT NOT NULL,
                accepted_at TEXT NOT NULL, status TEXT NOT NULL, total INTEGER NOT NULL,
                filtered INTEGER NOT NULL, sent INTEGER NOT NULL, failed INTEGER NOT NULL,
                PRIMARY KEY (account, job))""",
            "CREATE INDEX mass_jobs_accepted ON mass_jobs (account, accepted_at)",
        ),
    ),
    Migration(
        7,
        "opinions on answers, cool-downs",
        (
            """CREATE TABLE feedback (
                channel TEXT NOT NULL, message TEXT NOT NULL, sender TEXT NOT NULL,
                useful INTEGER NOT NULL, given_at TEXT NOT NULL,
                PRIMARY KEY (channel, message, sender))""",
            "CREATE INDEX feedback_given ON feedback (given_at)",
            """CREATE TABLE cool_downs (
                channel TEXT NOT NULL, chat TEXT NOT NULL, topic TEXT NOT NULL,
                said_at TEXT NOT NULL, PRIMARY KEY (channel, chat, topic))""",
        ),
    ),
    Migration(
        9,
        "editing the knowledge base",
        (
            """CREATE TABLE kb_drafts (
                person TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
                file TEXT NOT NULL, base TEXT NOT NULL, text TEXT NOT NULL,
                changed_at TEXT NOT NULL, PRIMARY KEY (person, kind, name))""",
            "CREATE INDEX kb_drafts_item ON kb_drafts (kind, name)",
            """CREATE TABLE kb_revisions (
                number INTEGER PRIMARY KEY, author TEXT NOT NULL, kind TEXT NOT NULL,
                reason TEXT NOT NULL, published_at TEXT NOT NULL, done INTEGER NOT NULL,
                trials TEXT NOT NULL)""",
            """CREATE TABLE kb_revision_files (
                number INTEGER NOT NULL, name TEXT NOT NULL, was TEXT, became TEXT,
                PRIMARY KEY (number, name))""",
            """CREATE TABLE kb_jobs (
                job TEXT PRIMARY KEY, person TEXT NOT NULL, kind TEXT NOT NULL,
                state TEXT NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL,
                result TEXT NOT NULL, touched_at TEXT NOT NULL)""",
            "CREATE INDEX answers_entry ON answers (entry, answered_at)",
        ),
    ),
    Migration(
        10,
        "answers to look at, figures, questions in groups",
        (
            "ALTER TABLE answers ADD COLUMN scrubbed TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE answers ADD COLUMN reply TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE answers ADD COLUMN found TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE answers ADD COLUMN sender TEXT NOT NULL DEFAULT ''",
            "CREATE INDEX answers_sender ON answers (sender)",
            "DROP INDEX answers_answered",
            """CREATE INDEX answers_figures
                ON answers (answered_at, verdict, category, silent)""",
            """CREATE TABLE answer_marks (
                channel TEXT NOT NULL, message TEXT NOT NULL, marked_at TEXT NOT NULL,
                actor TEXT NOT NULL, should TEXT NOT NULL, item TEXT NOT NULL,
                note TEXT NOT NULL, PRIMARY KEY (channel, message))""",
            "ALTER TABLE unanswered ADD COLUMN reason TEXT NOT NULL DEFAULT 'unknown'",
            "ALTER TABLE unanswered ADD COLUMN group_id TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE unanswered ADD COLUMN decided INTEGER NOT NULL DEFAULT 0",
            "CREATE INDEX unanswered_group ON unanswered (group_id, asked_at)",
            "CREATE INDEX unanswered_open ON unanswered (decided)",
            """CREATE TABLE question_groups (
                group_id TEXT PRIMARY KEY, example TEXT NOT NULL, size INTEGER NOT NULL,
                marked INTEGER NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL,
                decision TEXT NOT NULL, item TEXT NOT NULL, actor TEXT NOT NULL,
                decided_at TEXT NOT NULL)""",
            "CREATE INDEX question_groups_open ON question_groups (decision, size, last_at)",
            """CREATE TABLE additions (
                addition TEXT PRIMARY KEY, item TEXT NOT NULL, field TEXT NOT NULL,
                text TEXT NOT NULL, actor TEXT NOT NULL, added_at TEXT NOT NULL,
                state TEXT NOT NULL, group_id TEXT NOT NULL)""",
            "CREATE INDEX additions_state ON additions (state, added_at)",
        ),
    ),
    Migration(
        11,
        "residents each QR code brought, who wants no messages",
        (
            """CREATE TABLE arrivals (
                channel TEXT NOT NULL, place TEXT NOT NULL, day TEXT NOT NULL,
                followed INTEGER NOT NULL, scanned INTEGER NOT NULL,
                PRIMARY KEY (channel, place, day))""",
            "CREATE INDEX arrivals_day ON arrivals (day)",
            """CREATE TABLE opt_outs (
                channel TEXT NOT NULL, person TEXT NOT NULL, since TEXT NOT NULL,
                PRIMARY KEY (channel, person))""",
        ),
    ),
    Migration(
        12,
        "what was last seen of channels and processes",
        (
            """CREATE TABLE sightings (
                kind TEXT NOT NULL, subject TEXT NOT NULL, place TEXT NOT NULL,
                seen_at TEXT NOT NULL, outcome TEXT NOT NULL, code TEXT NOT NULL,
                words TEXT NOT NULL, seen INTEGER NOT NULL, since TEXT NOT NULL,
                PRIMARY KEY (kind, subject, place))""",
            """CREATE INDEX inbox_answered ON inbox (channel, answered_at)
                WHERE answered_at IS NOT NULL""",
            "ALTER TABLE leases ADD COLUMN since TEXT NOT NULL DEFAULT ''",
            "UPDATE leases SET since = ends_at",
        ),
    ),
    Migration(
        13,
        "which text of the library went out, QR codes of communities",
        (
            "ALTER TABLE edition_texts ADD COLUMN text_id TEXT NOT NULL DEFAULT ''",
            """CREATE TABLE scene_codes (
                channel TEXT NOT NULL, place TEXT NOT NULL, content TEXT NOT NULL,
                made_at TEXT NOT NULL, PRIMARY KEY (channel, place))""",
        ),
    ),
    Migration(
        14,
        "promised answers, pace of senders, groups the bot sits in",
        (
            """CREATE TABLE promises (
                channel TEXT NOT NULL, message TEXT NOT NULL, sender TEXT NOT NULL,
                sealed TEXT NOT NULL, state TEXT NOT NULL, reply TEXT NOT NULL,
                told_in TEXT NOT NULL, tries INTEGER NOT NULL, not_before TEXT NOT NULL,
                promised_at TEXT NOT NULL, PRIMARY KEY (channel, message))""",
            "CREATE INDEX promises_due ON promises (state, not_before)",
            "CREATE INDEX promises_sender ON promises (sender)",
            """CREATE TABLE paces (
                channel TEXT NOT NULL, sender TEXT NOT NULL, minute INTEGER NOT NULL,
                earlier INTEGER NOT NULL, counted INTEGER NOT NULL,
                PRIMARY KEY (channel, sender))""",
            """CREATE TABLE chats (
                channel TEXT NOT NULL, room TEXT NOT NULL, name TEXT NOT NULL,
                unasked TEXT NOT NULL, seen_on TEXT NOT NULL, PRIMARY KEY (channel, room))""",
        ),
    ),
)

_CREATE = "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)"
_APPLIED = "SELECT number FROM migrations"
_ONE_APPLIED = "SELECT 1 FROM migrations WHERE number = :number"
_RECORD = "INSERT INTO migrations (number, name) VALUES (:number, :name)"


def migrate(engine: Engine, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Bring the database to the newest step; does nothing where it is there already."""
    engine.change(_CREATE)
    applied = {row[0] for row in engine.select(_APPLIED)}
    for migration in migrations:
        if migration.number in applied:
            continue
        with engine.transaction():
            if engine.select(_ONE_APPLIED, {"number": migration.number}):
                continue
            for statement in migration.statements:
                engine.change(statement)
            engine.change(_RECORD, {"number": migration.number, "name": migration.name})
