"""Answers that take longer than the platform waits: promised, worked out, and brought to their person.

Everything stands in the store, so that whichever process is alive keeps the promise. An answer is
sent by the account's own way (``pushes``); where there is none, or it cannot be used, it is told
together with the answer to the person's next message (design §5).
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.channels.base import Incoming, Picture
from bot.clock import Clock
from bot.inbox import Judged, from_stored, to_stored
from bot.privacy import Seal
from bot.pushes import Push
from bot.store.api import Store
from bot.store.api_reception import OwedRow, PromiseRow
from bot.types import POSITIVE, Message, Reply

PROMISED = "pictures that are still looked at"
"""Purpose of the seal on who is to be answered and where the pictures are."""

LOOK_SECONDS = 10.0
LEASE_SECONDS = 16.0
"""Longer than looking and judging take: then another process takes the promise over."""

MOST_TRIES = 3
"""Looks at pictures of one person; a picture that cannot be had is answered as such in the end."""

PAUSE = timedelta(seconds=5)
SENDING_SECONDS = 90.0
"""Longer than a call with a new token takes (wiring: connect 5 s, read 20 s each)."""

SEND_FOR = timedelta(minutes=10)
"""How long sending is tried again; after that the answer waits for the person's next message."""

TELLING_SECONDS = 30.0
LONGEST_TOGETHER = 600
"""Characters of two answers in one message; an account's reply has 2,048 bytes."""

LOOKERS = 2
IDLE_SECONDS = 0.5

_log = logging.getLogger("bot.promises")


@dataclass(frozen=True, slots=True)
class Work:
    """How a promised message is looked at, answered, and what is said around it."""

    look: Callable[[Incoming, float], Message]
    talk: Callable[[Message], Judged]
    say: Callable[..., str]


class Promises:
    """Safe from several threads, and from several processes over one store."""

    def __init__(
        self,
        store: Store,
        seal: Seal,
        work: Work,
        pushes: Mapping[str, Push],
        clock: Clock,
    ) -> None:
        """``pushes`` are by channel name."""
        self._store = store
        self._seal = seal
        self._work = work
        self._pushes = pushes
        self._clock = clock

    def make(self, incoming: Incoming) -> Judged | None:
        """What is said instead of the answer, and what notes that it is owed; None where the
        answer could not follow."""
        message, urls = incoming.message, [picture.url for picture in incoming.pictures]
        if message.chat_type != "private" or not urls or not all(urls):
            return None
        push = self._pushes.get(message.channel) if incoming.reach else None
        sealed = self._seal.close(json.dumps([incoming.reach if push else "", urls]))

        def keep() -> None:
            now = self._clock.now()
            self._store.promises.add(
                PromiseRow(message.channel, message.key, message.sender, sealed, now, 0)
            )
            if push is not None:
                push.opened(message.sender, incoming.reach, now)

        path = "pictures.looking_later" if push is None else "pictures.looking"
        return Judged(Reply(self._work.say(path)), keep)

    def with_owed(self, message: Message, judged: Judged) -> Judged:
        """The answer to a message, together with what its writer is still owed."""
        if message.chat_type != "private" or message.kind == "event":
            return judged
        rows = self._store.promises.tell(
            message.channel, message.sender, message.key, self._clock.now(), TELLING_SECONDS
        )
        if not rows:
            return judged

        def keep() -> None:
            with self._store.transaction():
                judged.keep()
                self._store.promises.told(message.channel, message.sender, message.key)

        owed = [from_stored(row.reply) for row in rows]
        return Judged(self._together(owed, judged.reply), keep)

    def look_once(self) -> bool:
        """Work out one person's answer; False where there is nothing to do."""
        rows = self._store.promises.take(self._clock.now(), LEASE_SECONDS)
        if rows:
            self._work_out(rows)
        return bool(rows)

    def send_once(self) -> bool:
        """Send one answer that is there; False where there is nothing to do."""
        now = self._clock.now()
        for lost in self._store.promises.lost(now):
            self._not_sent(lost, self._repeatable(lost), timedelta())
        row = self._store.promises.begin_sending(now, SENDING_SECONDS)
        if row is not None:
            self._send(row)
        return row is not None

    def start(self, stop: threading.Event) -> None:
        """Keep promises in threads of this process until ``stop`` is set."""
        for number, step in enumerate((*[self.look_once] * LOOKERS, self.send_once)):
            threading.Thread(
                target=_repeat, args=(step, stop), name=f"promises-{number}", daemon=True
            ).start()

    def _work_out(self, rows: Sequence[PromiseRow]) -> None:
        """Pictures that somebody sent in a row are one story."""
        opened = [self._open(row) for row in rows]
        last, tries = rows[-1], max(row.tries for row in rows)
        message = Message(last.message, last.channel, last.sender, last.sender, "private", "image")
        pictures = tuple(Picture(url=url) for _, urls in opened for url in urls)
        if not pictures or tries > 2 * MOST_TRIES:
            _log.error("%s: 一张答应过的图片没法回答，不再试了", last.channel)
            self._store.promises.drop(rows)
            return
        seen = replace(message, trouble="too_slow")
        if tries <= MOST_TRIES:
            seen = self._work.look(Incoming(message, "", "", pictures=pictures), LOOK_SECONDS)
        if seen.trouble == "too_slow" and tries < MOST_TRIES:
            self._store.promises.put_off(rows, self._clock.now() + PAUSE)
            return
        judged = self._work.talk(seen)
        if judged.reply.text is None:
            self._store.promises.drop(rows)
            return
        by_push = last.channel in self._pushes and bool(opened[-1][0])
        with self._store.transaction():
            reply, now = to_stored(judged.reply), self._clock.now()
            if self._store.promises.answer(rows, reply, by_push, now):
                judged.keep()

    def _send(self, row: OwedRow) -> None:
        push, (reach, _) = self._pushes.get(row.channel), self._open(row)
        text = from_stored(row.reply).text
        if push is None or not reach or not text:
            self._store.promises.owe(row)
            return
        outcome = push.send(row.sender, reach, text)
        if outcome.kind == "sent":
            self._store.promises.sent(row)
            return
        again = outcome.kind in ("later", "not_sent")
        again = again or (outcome.kind == "unknown" and push.repeatable)
        _log.warning(
            "%s: 看完图的回答没有发出去（%s）。%s", row.channel, outcome.code, outcome.detail
        )
        self._not_sent(row, again, timedelta(seconds=outcome.retry_after))

    def _not_sent(self, row: OwedRow, again: bool, pause: timedelta) -> None:
        """What may have arrived is not sent again, but told when the person next writes: hearing
        it twice is better than never."""
        now = self._clock.now()
        if again and now - row.promised_at < SEND_FOR:
            self._store.promises.send_again(row, now + max(pause, PAUSE))
        else:
            self._store.promises.owe(row)

    def _repeatable(self, row: OwedRow) -> bool:
        push = self._pushes.get(row.channel)
        return push is not None and push.repeatable

    def _together(self, owed: Sequence[Reply], reply: Reply) -> Reply:
        """What was seen comes first; beside it, a question back would only confuse."""
        texts = list(dict.fromkeys(one.text for one in owed if one.text and one.text != reply.text))
        if not texts:
            return reply
        seen = self._work.say("pictures.seen", reply="\n".join(texts))
        alarmed = next((one for one in owed if one.verdict in POSITIVE), None)
        unclear = reply.verdict in ("unknown", "off_topic")
        if reply.text is None or (alarmed is not None and unclear):
            return Reply(seen, (alarmed or owed[-1]).verdict)
        both = f"{seen}\n\n{reply.text}"
        if len(both) > LONGEST_TOGETHER:
            # Too much for one screen: the graver of the two.
            graver = reply.verdict in POSITIVE or alarmed is None
            return reply if graver or alarmed is None else Reply(seen, alarmed.verdict)
        return replace(reply, text=both)

    def _open(self, row: PromiseRow | OwedRow) -> tuple[str, list[str]]:
        """Whom to reach, and where the pictures are; nothing where the key has changed."""
        opened = self._seal.open(row.sealed)
        if opened is None:
            _log.warning("%s: hash_key 换过，以前答应的图片看不了了", row.channel)
            return "", []
        reach, urls = json.loads(opened)
        return str(reach), [str(url) for url in urls]


def _repeat(step: Callable[[], bool], stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            busy = step()
        except Exception as error:  # noqa: BLE001  # one bad promise must not end all others
            _log.error("一个答应过的回答没有处理成（%s），稍后再试", type(error).__name__)
            busy = False
        if not busy:
            stop.wait(IDLE_SECONDS)
