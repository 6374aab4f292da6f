"""WeCom group robots (群机器人): ``POST /cgi-bin/webhook/send?key=`` (protocol-push §1)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal, get_args

from flask import Blueprint, Response, request

from bot.clock import Clock
from bot.platform.answers import Refusal, accepted, api, read_json
from bot.platform.gate import IN_FLIGHT
from bot.platform.ledger import Ledger
from bot.platform.robot_forms import read_form

RobotState = Literal["working", "removed", "disabled", "not_in_group"]
ROBOT_STATES: frozenset[str] = frozenset(get_args(RobotState))

_REFUSED_STATES: Mapping[str, int] = {"removed": 93000, "disabled": 93004, "not_in_group": 93008}
_WINDOW = timedelta(seconds=60)
_MESSAGES_PER_WINDOW = 20


class Robots:
    """The robots and their groups. ``in_flight`` is a switch: None allows any number at once."""

    def __init__(
        self, keys: Mapping[str, str], clock: Clock, ledger: Ledger, in_flight: int | None
    ) -> None:
        self.in_flight = in_flight
        self._groups = dict(keys)
        self._clock = clock
        self._ledger = ledger
        self._states: dict[str, RobotState] = {}
        self._recent: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._lock = Lock()

    def add(self, keys: Mapping[str, str]) -> None:
        """Further robots: key -> group id."""
        with self._lock:
            self._groups.update(keys)

    def set_state(self, key: str, state: RobotState) -> None:
        """Remove, disable or bring back a robot."""
        with self._lock:
            self._states[key] = state

    def send(self, key: str, body: bytes, under_way: int) -> None:
        """Post a message; ``under_way`` is how many requests this key has now.

        Raises:
            Refusal: with the platform's code. A refused message does not count for the rate.
        """
        with self._lock:
            group = self._groups.get(key)
            state = self._states.get(key, "working")
            if group is None or state != "working":
                raise Refusal(_REFUSED_STATES.get(state, 93000))
            if self.in_flight is not None and under_way > self.in_flight:
                raise Refusal(45033)
            now = self._clock.now()
            recent = self._recent[key]
            while recent and now - recent[0] >= _WINDOW:
                recent.popleft()
            if len(recent) >= _MESSAGES_PER_WINDOW:
                raise Refusal(45009)
            form = read_form(read_json(body, broken=40058))
            recent.append(now)
            self._ledger.receive(now, group, "robot", form.kind, form.text, form.mentioned)


def blueprint(robots: Robots) -> Blueprint:
    """The robots' address."""
    routes = api("robot")

    @routes.route("/cgi-bin/webhook/send", methods=["GET", "POST"])
    def send() -> Response:
        # A GET has no body and is refused like one that is broken.
        robots.send(
            request.args.get("key", ""), request.get_data(), request.environ.get(IN_FLIGHT, 1)
        )
        return accepted()

    return routes
