"""How the platform misbehaves: what a test or a demo asked for, and which request it meets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Literal, get_args

FaultKind = Literal["delay", "refuse", "drop", "hang", "half", "trickle", "bad_gateway", "reset"]
FAULT_KINDS: frozenset[str] = frozenset(get_args(FaultKind))


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour of the requests to an address.

    delay        handled and answered, ``seconds`` late
    refuse       not handled: answers ``code``
    drop         handled, then the connection is closed without an answer
    hang         handled, then silent for ``seconds`` and closed without an answer
    half         handled, then the connection is closed in the middle of the answer
    trickle      handled, then one byte of the answer every ``seconds``
    bad_gateway  502 with HTML; handled before only if ``handled``
    reset        not handled: the connection is reset before the request is read

    ``address`` is the beginning of a path; ``key`` narrows it to one robot's key. ``times`` is how
    many requests it meets (None: until cleared). Seconds are real ones, whatever the clock says.
    """

    kind: FaultKind
    address: str = "/"
    key: str = ""
    seconds: float = 0.0
    code: int = -1
    times: int | None = None
    handled: bool = False


class Faults:
    """The faults in force, and how many requests came to each address."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._requests: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def set(self, fault: Fault) -> None:
        """Add a fault; those set earlier come first."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def requests(self, address: str, key: str = "") -> int:
        """Requests that came to an address (and robot key), whatever became of them."""
        with self._lock:
            if key:
                return self._requests[address, key]
            return sum(n for (path, _), n in self._requests.items() if path == address)

    def requests_by_address(self) -> Mapping[str, int]:
        """The same for every address that was called."""
        total: Counter[str] = Counter()
        with self._lock:
            for (path, _), number in self._requests.items():
                total[path] += number
        return total

    def meet(self, address: str, key: str) -> tuple[float, Fault | None]:
        """Count a request and say what befalls it: a delay in seconds, and one other fault."""
        with self._lock:
            self._requests[address, key] += 1
            delay, other = 0.0, None
            for fault in tuple(self._faults):
                if not address.startswith(fault.address) or fault.key not in ("", key):
                    continue
                if fault.kind == "delay":
                    delay += fault.seconds
                elif other is None:
                    other = fault
                else:
                    continue
                self._use_up(fault)
            return delay, other

    def _use_up(self, fault: Fault) -> None:
        if fault.times is None:
            return
        place = next(i for i, known in enumerate(self._faults) if known is fault)
        if fault.times > 1:
            self._faults[place] = replace(fault, times=fault.times - 1)
        else:
            del self._faults[place]
