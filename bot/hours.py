"""Clock times and hours of a day, read from YAML."""

from __future__ import annotations

import re
from datetime import time

from bot.yamlread import Reader


def read_hours(reader: Reader) -> tuple[time, time]:
    """A pair of clock times such as ["21:00", "08:00"]; notes a problem where it is none."""
    items = reader.items(2)
    times = [read_clock_time(item) for item in items[:2]]
    if len(items) != 2:
        reader.fault("要写两个时间：开始和结束", '例如 ["21:00", "08:00"]')
        return (time(21), time(8))
    return (times[0], times[1])


def read_clock_time(reader: Reader) -> time:
    """A clock time such as "09:00"."""
    raw = reader.scalar()
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", raw):
        reader.fault(f"{raw!r} 不是钟点", '请写成 "09:00" 这样')
        return time(0)
    return time.fromisoformat(raw)
