"""Running programs for the tests of this folder; starting one takes some seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.program import Program


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """One running demo with content folders of its own, for all tests that leave it as it was."""
    running = Program(tmp_path_factory.mktemp("demo"), own_content=True)
    running.configure(
        broadcast={
            "approval": "none",
            "quiet_hours": ["21:00", "08:00"],
            "late_ok_minutes": 120,
            "weekly_limit": 50,
        }
    )
    try:
        running.serve()
        yield running
    finally:
        running.close()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A configuration on which nothing runs yet; without the encoder, to start sooner."""
    made = Program(tmp_path)
    made.environment["BOT_ENCODER"] = "off"
    yield made
    made.close()
