"""The phone of the demo: chats in which a person writes, and what appears in them.

A message goes out as a real signed callback; what groups receive is taken from the ledger.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Literal

from flask import Blueprint, Response, jsonify, request

from bot.clock import Clock
from bot.platform.answers import Refusal
from bot.platform.callbacks import Reply
from bot.platform.ledger import Ledger, Received
from bot.platform.mass_confirm import MassConfirm
from bot.platform.official_account import OfficialAccount
from bot.platform.settings import PERSON, PlatformSettings
from bot.platform.smart_bot import SmartBot

LineKind = Literal["person", "bot", "warning", "notice"]
ChatKind = Literal["private", "internal", "residents"]

PRIVATE = "private"
_KEPT_LINES = 500
_LONGEST_TEXT = 2000
_ACCOUNT_FAULT = "该公众号提供的服务出现故障，请稍后再试"
_NO_MENTION = "企业群里的机器人只收得到 @ 它的消息，这一条它看不到。"
_NO_ROBOT = "居民微信群进不了机器人，这里没有机器人会回答。"


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat of the phone. ``me`` is who writes in it, ``hint`` says in one line what can answer."""

    id: str
    name: str
    kind: ChatKind
    me: str
    hint: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chat. ``number`` counts from 1 over all chats; ``form`` is text or markdown."""

    number: int
    chat: str
    kind: LineKind
    speaker: str
    text: str
    form: str
    at: datetime


def _platform_id(prefix: str, speaker: str) -> str:
    return prefix + hashlib.sha256(speaker.encode()).hexdigest()[:27]


_TO_FOLLOWERS = frozenset({"mass_send", "service"})
"""Roads on which the official account itself writes to its followers."""


class UnknownChat(Exception):
    """The phone has no chat of that name."""


class Phone:
    """Safe from several threads; each callback waits for its answer in a thread of its own."""

    def __init__(
        self,
        settings: PlatformSettings,
        clock: Clock,
        account: OfficialAccount,
        smart_bot: SmartBot,
        ledger: Ledger,
        mass: MassConfirm,
    ) -> None:
        self.run = secrets.token_hex(4)
        self.chats = _chats(settings)
        self._clock = clock
        self._account = account
        self._smart_bot = smart_bot
        self._ledger = ledger
        self._mass = mass
        self._lines: deque[Line] = deque(maxlen=_KEPT_LINES)
        self._number = 0
        self._absorbed = 0
        self._waiting: list[str] = []
        self._lock = Lock()
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="phone")

    def say(self, chat_id: str, text: str, speaker: str) -> int:
        """Someone writes in a chat; the number of that line. What answers comes later.

        Raises:
            UnknownChat: there is no such chat.
        """
        chat = self.chats.get(chat_id)
        if chat is None:
            raise UnknownChat(chat_id)
        number = self._add(chat_id, "person", speaker, text)
        if chat.kind == "residents":
            self._add(chat_id, "notice", "", _NO_ROBOT)
        elif chat.kind == "internal" and f"@{self._smart_bot.name}" not in text:
            self._add(chat_id, "notice", "", _NO_MENTION)
        else:
            with self._lock:
                self._waiting.append(chat_id)
            self._threads.submit(self._call_bot, chat, text, speaker)
        return number

    def confirm(self, task: str) -> int:
        """The owner's one tap on a waiting 企业群发; how many groups received it.

        Raises:
            Refusal: no such task, or it was cancelled.
        """
        return self._mass.confirm(task)

    def lines(self, since: int = 0) -> tuple[Line, ...]:
        """Lines after that number, in order."""
        with self._lock:
            self._absorb()
            return tuple(line for line in self._lines if line.number > since)

    def typing(self) -> tuple[str, ...]:
        """Chats in which an answer is on its way."""
        with self._lock:
            return tuple(dict.fromkeys(self._waiting))

    def waiting_tasks(self) -> list[dict[str, str]]:
        """The owner's banners: one per waiting task and group."""
        return [
            {"task": task.msgid, "chat": self._mass.group_of(chat), "owner": task.owner, "text": task.text}
            for task in self._mass.waiting()
            for chat in task.results
        ]  # fmt: skip

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _call_bot(self, chat: Chat, text: str, speaker: str) -> None:
        try:
            if chat.kind == "private":
                reply = self._account.text(_platform_id("o", speaker), text)
            else:
                reply = self._smart_bot.group(f"wr{chat.id}", _platform_id("u", speaker), text)
            self._show(chat, reply)
        finally:
            with self._lock:
                self._waiting.remove(chat.id)

    def _show(self, chat: Chat, reply: Reply) -> None:
        if reply.text:
            private = chat.kind == "private"
            name = chat.name if private else self._smart_bot.name
            self._add(chat.id, "bot", name, reply.text, "text" if private else "markdown")
        elif reply.fault:
            words = _ACCOUNT_FAULT if chat.kind == "private" else "机器人没有回应"
            self._add(chat.id, "notice", "", f"{words}（{reply.fault}）")

    def _add(self, chat: str, kind: LineKind, speaker: str, text: str, form: str = "text") -> int:
        with self._lock:
            self._absorb()
            return self._append(chat, kind, speaker, text, form, self._clock.now())

    def _append(
        self, chat: str, kind: LineKind, speaker: str, text: str, form: str, at: datetime
    ) -> int:
        self._number += 1
        self._lines.append(Line(self._number, chat, kind, speaker, text, form, at))
        return self._number

    def _absorb(self) -> None:
        """Take what groups received meanwhile; a group the phone does not show is passed over."""
        for row in self._ledger.since(self._absorbed):
            self._absorbed = row.number
            if row.road in _TO_FOLLOWERS and row.group == PERSON:
                name = self.chats[PRIVATE].name
                self._append(PRIVATE, "warning", name, row.text, "text", row.at)
            elif row.group in self.chats:
                self._append(row.group, "warning", _warner(row), row.text, _form(row), row.at)


def _warner(row: Received) -> str:
    return "反诈预警（群机器人）" if row.road == "robot" else "群主（企业群发）"


def _form(row: Received) -> str:
    return "markdown" if row.form.startswith("markdown") else "text"


def _chats(settings: PlatformSettings) -> dict[str, Chat]:
    bot = settings.aibot.name
    chats = [
        Chat(PRIVATE, "反诈小助手", "private", "我", "有拿不准的电话、短信、转账，发到这里问一问。")
    ]
    chats += [
        Chat(
            row.group,
            settings.names.get(row.group, row.group),
            "residents",
            "我（群主）",
            "居民微信群进不了机器人，群里的话它看不到。预警由群主点一下发进来。",
        )
        for row in settings.customer_groups.values()
    ]
    chats += [
        Chat(
            group,
            settings.names.get(group, group),
            "internal",
            "我（会计）",
            f"企业微信内部群有机器人：消息里写上 @{bot}，它就会回答。",
        )
        for group in settings.robots.values()
    ]
    return {chat.id: chat for chat in chats}


def blueprint(phone: Phone) -> Blueprint:
    """The phone's addresses, as JSON."""
    routes = Blueprint("phone", __name__, url_prefix="/phone")

    @routes.post("/say")
    def say() -> tuple[Response, int]:
        asked = request.get_json()
        fields = asked if isinstance(asked, dict) else {}
        chat, text, speaker = fields.get("chat"), fields.get("text"), fields.get("as", "我")
        if not isinstance(chat, str) or not isinstance(speaker, str) or not speaker:
            return jsonify(error="请求里缺少 chat 或 as"), 400
        if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST_TEXT:
            return jsonify(error=f"请写 1 到 {_LONGEST_TEXT} 个字"), 400
        try:
            return jsonify(number=phone.say(chat, text, speaker)), 200
        except UnknownChat:
            return jsonify(error="没有这个聊天"), 404

    @routes.get("/state")
    def state() -> Response:
        since = request.args.get("since", 0, type=int)
        # Asked before the lines: an answer that arrives in between must not leave its dots behind.
        typing = phone.typing()
        return jsonify(
            run=phone.run,
            chats=[
                {"id": c.id, "name": c.name, "kind": c.kind, "me": c.me, "hint": c.hint}
                for c in phone.chats.values()
            ],
            typing=typing,
            lines=[_line_row(line) for line in phone.lines(since)],
            tasks=phone.waiting_tasks(),
        )

    @routes.post("/confirm")
    def confirm() -> tuple[Response, int]:
        asked = request.get_json()
        task = asked.get("task") if isinstance(asked, dict) else None
        if not isinstance(task, str):
            return jsonify(error="请求里缺少 task"), 400
        try:
            return jsonify(received=phone.confirm(task)), 200
        except Refusal:
            return jsonify(error="这个群发已经取消或不存在"), 409

    return routes


def _line_row(line: Line) -> dict[str, object]:
    return {
        "number": line.number,
        "chat": line.chat,
        "kind": line.kind,
        "speaker": line.speaker,
        "text": line.text,
        "form": line.form,
        "at": line.at.isoformat(),
    }
