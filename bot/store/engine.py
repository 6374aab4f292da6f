"""What the shared SQL needs of a database engine. SQLite and PostgreSQL each fill this in one file.

SQL handed in uses named parameters (``:name``) and only what both engines understand: INSERT … ON
CONFLICT, UPDATE … WHERE with a row count, RETURNING. Strings of SQL are constants, so that an
engine can keep them prepared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Value = str | int | float | None
Values = Mapping[str, Value]
Row = tuple[Any, ...]
NOTHING: Values = {}


class Engine(Protocol):
    """One open database; safe to use from several threads."""

    def change(self, sql: str, values: Values = NOTHING) -> int:
        """Run one changing statement; how many rows it changed."""

    def change_many(self, sql: str, rows: Iterable[Values]) -> None:
        """Run one changing statement for each set of values."""

    def returning(self, sql: str, values: Values = NOTHING) -> list[Row]:
        """Run one changing statement with RETURNING; the rows it returned."""

    def select(self, sql: str, values: Values = NOTHING) -> list[Row]:
        """Read rows."""

    def transaction(self) -> AbstractContextManager[None]:
        """Several statements as one; nested use joins the outer one."""

    def close(self) -> None:
        """Close every connection."""
