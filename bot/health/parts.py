"""The processes and the daily work behind the channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from bot.broadcasting.lease import LEASE, LEASE_SECONDS
from bot.problems import Problem
from bot.store.api import Store

RETENTION_LATE = timedelta(hours=3)
"""Old data are deleted every hour; so long without it is no chance."""

SHIFT = timedelta(seconds=LEASE_SECONDS)
"""After an edit of the group book, or an update, another one begins within this time."""

Standing = Literal["good", "wait", "bad", ""]


class Loaded(Protocol):
    """Content that is renewed when its files change (``kb.live.LiveBase``)."""

    @property
    def loaded_at(self) -> datetime: ...

    @property
    def problems(self) -> tuple[Problem, ...]: ...

    @property
    def since(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """``label`` is how it is in a word, ``words`` what more there is to say; of the moments,
    ``at_label`` says what ``at`` is of."""

    name: str
    standing: Standing
    label: str
    words: str = ""
    at_label: str = ""
    at: datetime | None = None
    todo: str = ""
    """What an operator must mend, '' where nothing."""


def worker(store: Store, now: datetime) -> Part:
    """Who sends. That none was ever there is no fault: it may be started last."""
    name = "发预警的进程"
    lease = store.leases.held(LEASE)
    if lease is not None and lease.ends_at > now:
        return Part(name, "good", "在运行", _host(lease.holder), "从", lease.since)
    if not store.sightings.of("retention"):
        return Part(name, "wait", "还没有启动过", "到点的预警发不出去")
    left = next(iter(store.sightings.of("left")), None)
    if lease is not None:
        last: datetime | None = lease.ends_at - timedelta(seconds=LEASE_SECONDS)
    else:
        last = left.at if left else None
    if lease is None and last is not None and now - last < SHIFT:
        return Part(name, "wait", "正在重新启动", "", "上次停在", last)
    todo = f"{name}停了，到点的预警发不出去。请启动 python run.py serve --role worker"
    return Part(name, "bad", "停了", "到点的预警发不出去", "最后出现在", last, todo)


def retention(store: Store, days: int, now: datetime) -> Part:
    """The deleting of what is kept no longer."""
    name = "到期数据的删除"
    last = next(iter(store.sightings.of("retention")), None)
    if last is None:
        return Part(name, "wait", "还没有做过", "由发预警的进程每小时做一次")
    late = now - last.at > RETENTION_LATE
    words = f"问题只留 {days} 天"
    return Part(
        name, "wait" if late else "good", "晚了" if late else "正常", words, "上次", last.at
    )


def pictures(wanted: bool, since: Callable[[], datetime | None]) -> Part:
    """The process that reads residents' pictures, on this machine."""
    name = "看图的进程"
    if not wanted:
        return Part(name, "", "没有开", "配置 pictures.read 是 false")
    began = since()
    if began is None:
        words = "居民发图片时会请他把字打出来。要看图请运行 make pictures"
        return Part(name, "wait", "没有在运行", words)
    return Part(name, "good", "在运行", "", "从", began)


def content(name: str, loaded: Loaded, version: str = "") -> Part:
    """Files as the process that shows this page read them; the others read the same ones."""
    words = f"版本 {version}" if version else ""
    if loaded.problems:
        words = f"{len(loaded.problems)} 处写得不对，还在用原来的"
        return Part(name, "bad", "没有换成新的", words, "从", loaded.since)
    return Part(name, "good", "已装入", words, "上次装入", loaded.loaded_at)


def listening_since(address: str, sockets: Path = Path("/proc/net/unix")) -> datetime | None:
    """Since when somebody listens at a Unix socket, without calling them; None where nobody does."""
    try:
        bound = any(line.endswith(f" {address}") for line in sockets.read_text().splitlines())
        made = Path(address).stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(made).astimezone() if bound else None


def _host(holder: str) -> str:
    """Machine and process of a lease's holder (``worker.Worker``), as far as it names them."""
    machine, _, rest = holder.partition(":")
    process = rest.partition(":")[0]
    return f"{machine}，进程号 {process}" if process else machine
