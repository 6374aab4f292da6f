"""The store over any engine: one attribute per subject."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from bot.store.answers import SqlAnswers
from bot.store.api import (
    REACHABLE_FOR,
    Answers,
    Arrivals,
    Audit,
    Conversations,
    CoolDowns,
    Deliveries,
    Editions,
    Feedback,
    Inbox,
    Leases,
    MassJobs,
    OptOuts,
    Reachable,
    Recipients,
    Revisions,
    Tokens,
    Unanswered,
    Users,
)
from bot.store.api_editing import Editing
from bot.store.api_reception import PROMISE_KEPT, Chats, Paces, Promises
from bot.store.api_sightings import Sightings
from bot.store.arrivals import SqlArrivals
from bot.store.asked import AnswerLog, Questions
from bot.store.audit import SqlAudit
from bot.store.chats import SqlChats
from bot.store.conversations import SqlConversations
from bot.store.cool_downs import SqlCoolDowns
from bot.store.deliveries import SqlDeliveries
from bot.store.editing import SqlEditing
from bot.store.editions import SqlEditions
from bot.store.engine import Engine
from bot.store.feedback import SqlFeedback
from bot.store.inbox import SqlInbox
from bot.store.leases import SqlLeases
from bot.store.mass_jobs import SqlMassJobs
from bot.store.opt_outs import SqlOptOuts
from bot.store.paces import SqlPaces
from bot.store.promises import SqlPromises
from bot.store.questions import SqlQuestions
from bot.store.reachable import SqlReachable
from bot.store.recipients import SqlRecipients
from bot.store.revisions import SqlRevisions
from bot.store.sightings import SqlSightings
from bot.store.tokens import SqlTokens
from bot.store.users import SqlUsers


class SqlStore:
    """Implements ``api.Store`` over an engine whose tables are there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        leases, answers = SqlLeases(engine), SqlAnswers(engine)
        inbox, conversations = SqlInbox(engine), SqlConversations(engine)
        recipients, reachable = SqlRecipients(engine), SqlReachable(engine)
        feedback, cool_downs = SqlFeedback(engine), SqlCoolDowns(engine)
        questions = SqlQuestions(engine)
        opt_outs, chats = SqlOptOuts(engine), SqlChats(engine)
        promises, paces = SqlPromises(engine), SqlPaces(engine)
        sightings = SqlSightings(engine)
        self._forgetting = (
            answers,
            questions,
            conversations,
            recipients,
            feedback,
            cool_downs,
            chats,
            sightings,
        )
        self._of_people = (
            conversations,
            answers,
            feedback,
            cool_downs,
            recipients,
            reachable,
            opt_outs,
            promises,
            paces,
        )
        self._inbox = inbox
        self._promises = promises
        self._paces = paces
        self._reachable = reachable
        self.inbox: Inbox = inbox
        self.conversations: Conversations = conversations
        self.answers: Answers = answers
        self.unanswered: Unanswered = answers
        self.feedback: Feedback = feedback
        self.cool_downs: CoolDowns = cool_downs
        self.answer_log: AnswerLog = answers
        self.questions: Questions = questions
        self.leases: Leases = leases
        self.tokens: Tokens = SqlTokens(engine, leases)
        self.audit: Audit = SqlAudit(engine)
        self.revisions: Revisions = SqlRevisions(engine)
        self.editions: Editions = SqlEditions(engine)
        self.deliveries: Deliveries = SqlDeliveries(engine)
        self._users = SqlUsers(engine)
        self.users: Users = self._users
        self.recipients: Recipients = recipients
        self.reachable: Reachable = reachable
        self.mass_jobs: MassJobs = SqlMassJobs(engine)
        self.editing: Editing = SqlEditing(engine)
        self.opt_outs: OptOuts = opt_outs
        self.arrivals: Arrivals = SqlArrivals(engine)
        self.promises: Promises = promises
        self.paces: Paces = paces
        self.chats: Chats = chats
        self.sightings: Sightings = sightings

    def transaction(self) -> AbstractContextManager[None]:
        return self._engine.transaction()

    def forget_person(self, channel: str, person: str) -> None:
        with self._engine.transaction():
            for subject in self._of_people:
                subject.forget_person(channel, person)

    def forget(self, before: datetime, now: datetime) -> None:
        with self._engine.transaction():
            self._inbox.forget(before, now)
            self._users.forget(now)
            self._reachable.forget(now - REACHABLE_FOR)
            self._promises.forget(now - PROMISE_KEPT)
            self._paces.forget(now)
            for subject in self._forgetting:
                subject.forget(before)

    def close(self) -> None:
        self._engine.close()
