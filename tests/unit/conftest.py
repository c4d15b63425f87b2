"""What the tests of monitoring share: a clock that stands still, and what watches the example model."""

from __future__ import annotations

import time

import pytest

from app.artifacts import Artifact
from app.drift.monitor import Monitor

WINDOW_HOURS = 24


class Clock:
    """The time of day, which only a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0  # the beginning of a period of two hours

    def advance(self, hours: float) -> None:
        """Let so much time pass."""
        self.now += hours * 3600


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return what `time.time` tells from now on."""
    clock = Clock()
    monkeypatch.setattr(time, "time", lambda: clock.now)
    return clock


@pytest.fixture
def monitor() -> Monitor:
    """Return a monitor of one route, eight rows and a window of a day."""
    return Monitor(["/predict"], 8, WINDOW_HOURS * 3600.0)


@pytest.fixture
def version(example_artifact: Artifact) -> str:
    """Return the version of the example model."""
    return example_artifact.metadata.version
