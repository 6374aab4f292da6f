"""The phone of the demo: chats in which a person writes, and what appears in them.

A message goes out as a real signed callback; what groups receive is taken from the ledger.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Literal

from bot.clock import Clock
from bot.platform.callbacks import Reply
from bot.platform.forwards import FORWARDS
from bot.platform.ledger import Ledger, Received
from bot.platform.mass_confirm import MassConfirm
from bot.platform.media import Media
from bot.platform.menus import Key, Menus
from bot.platform.official_account import OfficialAccount
from bot.platform.settings import PERSON, PlatformSettings
from bot.platform.smart_bot import SmartBot
from bot.platform.wire import Wire, wire_of

LineKind = Literal["person", "bot", "warning", "notice"]
Form = Literal["text", "markdown", "voice", "picture"]
ChatKind = Literal["private", "internal", "residents"]

PRIVATE = "private"
_KEPT_LINES = 500
_ACCOUNT_FAULT = "该公众号提供的服务出现故障，请稍后再试"
_NO_MENTION = "企业群里的机器人只收得到 @ 它的消息，这一条它看不到。"
_NO_VOICE = "企业群里的机器人收不到语音，只收得到 @ 它的文字和图片。"
_PRESSED = "点了菜单“{label}”"
_SCANNED = "扫了“{name}”的二维码"
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
    """One line of a chat. ``number`` counts from 1 over all chats.

    ``media`` is a picture's name, a voice's ``text`` is what was heard. ``buttons`` (label and key)
    stand on the card ``task``.
    """

    number: int
    chat: str
    kind: LineKind
    speaker: str
    text: str
    form: Form
    at: datetime
    media: str = ""
    buttons: tuple[tuple[str, str], ...] = ()
    task: str = ""


def _platform_id(prefix: str, speaker: str) -> str:
    return prefix + hashlib.sha256(speaker.encode()).hexdigest()[:27]


def _openid(speaker: str) -> str:
    return _platform_id("o", speaker)


def _userid(speaker: str) -> str:
    return _platform_id("u", speaker)


def _wr(chat: Chat) -> str:
    return f"wr{chat.id}"


def _label(menu: tuple[Key, ...], key: str) -> str:
    """What is written on the key, also above a title; '' where the menu has none such."""
    for each in menu:
        found = each.label if key and each.key == key else _label(each.below, key)
        if found:
            return found
    return ""


_TO_FOLLOWERS = frozenset({"mass_send", "service"})
"""Roads on which the official account itself writes to its followers."""


class UnknownChat(Exception):
    """The phone has no chat of that name."""


@dataclass(frozen=True, slots=True)
class PhoneParts:
    """The platform's parts that the phone is a face of."""

    account: OfficialAccount
    smart_bot: SmartBot
    ledger: Ledger
    mass: MassConfirm
    menus: Menus
    media: Media


class Phone:
    """Safe from several threads; each callback waits for its answer in a thread of its own."""

    def __init__(
        self,
        settings: PlatformSettings,
        clock: Clock,
        parts: PhoneParts,
    ) -> None:
        self.run = secrets.token_hex(4)
        self.chats = _chats(settings)
        self._clock = clock
        self._names = settings.names
        self._account = parts.account
        self._smart_bot = parts.smart_bot
        self._ledger = parts.ledger
        self._mass = parts.mass
        self._menus = parts.menus
        self._media = parts.media
        self._wires: dict[str, Wire] = {}
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
        chat = self._chat(chat_id)
        number = self._add(chat_id, "person", speaker, text)
        why = "" if f"@{self._smart_bot.name}" in text else _NO_MENTION
        if self._heard(chat, why):
            if chat.kind == "private":
                self._ask(chat, lambda: self._account.text(_openid(speaker), text))
            else:
                self._ask(chat, lambda: self._smart_bot.group(_wr(chat), _userid(speaker), text))
        return number

    def speak(self, chat_id: str, heard: str, speaker: str) -> int:
        """Someone sends a voice message; ``heard`` is what the platform makes of it.

        Raises:
            UnknownChat: there is no such chat.
        """
        chat = self._chat(chat_id)
        number = self._add(chat_id, "person", speaker, heard, "voice")
        if self._heard(chat, _NO_VOICE):
            self._ask(chat, lambda: self._account.voice(_openid(speaker), heard))
        return number

    def show(self, chat_id: str, picture: bytes, speaker: str) -> int:
        """Someone sends a picture; in a company's group together with the mention.

        Raises:
            UnknownChat: there is no such chat.
        """
        chat = self._chat(chat_id)
        name = self._media.url(picture).rpartition("/")[2]
        internal = chat.kind == "internal"
        mention = f"@{self._smart_bot.name} " if internal else ""
        number = self._add(chat_id, "person", speaker, mention.strip(), "picture", media=name)
        if self._heard(chat, ""):
            if internal:
                user = _userid(speaker)
                self._ask(chat, lambda: self._smart_bot.mixed(_wr(chat), user, mention, (picture,)))
            else:
                self._ask(chat, lambda: self._account.picture(_openid(speaker), picture))
        return number

    def forward(self, chat_id: str, what: str, speaker: str) -> int | None:
        """Someone passes something on (``FORWARDS``); None for what the phone does not have, and in
        groups, where robots are not sent such.

        Raises:
            UnknownChat: there is no such chat.
        """
        chat, thing = self._chat(chat_id), FORWARDS.get(what)
        if thing is None or chat.kind != "private":
            return None
        number = self._add(chat_id, "person", speaker, thing.label)
        self._ask(chat, lambda: self._account.forward(_openid(speaker), thing.elements))
        return number

    def press(self, key: str, speaker: str) -> bool:
        """Someone presses a key of the official account's menu; False where it has none such."""
        label = _label(self._menus.shown, key)
        if not label:
            return False
        self._add(PRIVATE, "notice", "", _PRESSED.format(label=label))
        self._ask(self.chats[PRIVATE], lambda: self._account.event(_openid(speaker), "CLICK", key))
        return True

    def scan(self, group: str, speaker: str) -> bool:
        """Someone scans a community's code of the official account; False for an unknown one."""
        if group not in self._names:
            return False
        self._add(PRIVATE, "notice", "", _SCANNED.format(name=self._names[group]))
        self._ask(self.chats[PRIVATE], lambda: self._account.scan(_openid(speaker), group))
        return True

    def tap(self, chat_id: str, task: str, key: str, speaker: str) -> None:
        """Someone taps a button of the smart bot's card.

        Raises:
            UnknownChat: there is no such chat.
        """
        chat = self._chat(chat_id)
        self._ask(chat, lambda: self._smart_bot.tap(_userid(speaker), task, key))

    def menu(self) -> tuple[Key, ...]:
        """The official account's menu as it stands."""
        return self._menus.shown

    def wire(self, chat_id: str) -> Wire | None:
        """What went over the wire for the last message of a chat."""
        with self._lock:
            return self._wires.get(chat_id)

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

    def _chat(self, chat_id: str) -> Chat:
        chat = self.chats.get(chat_id)
        if chat is None:
            raise UnknownChat(chat_id)
        return chat

    def _heard(self, chat: Chat, why_not: str) -> bool:
        """Whether anybody answers here; if not, the phone says why (``why_not`` in a company's
        group)."""
        words = (
            _NO_ROBOT if chat.kind == "residents" else why_not if chat.kind == "internal" else ""
        )
        if words:
            self._add(chat.id, "notice", "", words)
        return not words

    def _ask(self, chat: Chat, call: Callable[[], Reply]) -> None:
        with self._lock:
            self._waiting.append(chat.id)
        self._threads.submit(self._call_bot, chat, call)

    def _call_bot(self, chat: Chat, call: Callable[[], Reply]) -> None:
        try:
            reply = call()
            private = chat.kind == "private"
            address = self._account.address if private else self._smart_bot.address
            opened = self._account.opened if private else self._smart_bot.opened
            wire = wire_of(address, reply, opened)
            with self._lock:
                if wire is not None:
                    self._wires[chat.id] = wire
            self._show(chat, reply)
        finally:
            with self._lock:
                self._waiting.remove(chat.id)

    def _show(self, chat: Chat, reply: Reply) -> None:
        if reply.text:
            private = chat.kind == "private"
            name = chat.name if private else self._smart_bot.name
            form: Form = "text" if private else "markdown"
            self._add(
                chat.id, "bot", name, reply.text, form, buttons=reply.buttons, task=reply.task
            )
        elif reply.fault:
            words = _ACCOUNT_FAULT if chat.kind == "private" else "机器人没有回应"
            self._add(chat.id, "notice", "", f"{words}（{reply.fault}）")

    def _add(
        self,
        chat: str,
        kind: LineKind,
        speaker: str,
        text: str,
        form: Form = "text",
        media: str = "",
        buttons: tuple[tuple[str, str], ...] = (),
        task: str = "",
    ) -> int:
        with self._lock:
            self._absorb()
            self._number += 1
            line = Line(
                self._number,
                chat,
                kind,
                speaker,
                text,
                form,
                self._clock.now(),
                media,
                buttons,
                task,
            )
            self._lines.append(line)
            return self._number

    def _append(
        self, chat: str, kind: LineKind, speaker: str, text: str, form: Form, at: datetime
    ) -> None:
        self._number += 1
        self._lines.append(Line(self._number, chat, kind, speaker, text, form, at))

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


def _form(row: Received) -> Form:
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
