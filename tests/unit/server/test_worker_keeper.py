from __future__ import annotations

import time

import pytest
from gunicorn.arbiter import Arbiter

from app.server.worker_keeper import WorkerKeeper


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    return clock


@pytest.fixture
def murders(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> list[float]:
    """Return when the master has looked for workers to kill."""
    murders: list[float] = []
    monkeypatch.setattr(Arbiter, "murder_workers", lambda master: murders.append(clock.now))
    return murders


@pytest.fixture
def master() -> WorkerKeeper:
    """Return a master that has not been started; it gives a worker that hangs 30 seconds."""
    master: WorkerKeeper = WorkerKeeper.__new__(WorkerKeeper)
    master.timeout = 30
    return master


def turn(master: WorkerKeeper, clock: Clock, seconds: float) -> None:
    """Let time pass and do what the main loop does then."""
    clock.now += seconds
    master.murder_workers()


def test_looks_for_workers_that_hang_at_every_turn(master: WorkerKeeper, clock: Clock, murders: list[float]) -> None:
    for _ in range(3):
        turn(master, clock, 1)
    assert murders == [1001.0, 1002.0, 1003.0]


def test_gives_workers_time_to_come_round_after_a_pause_of_all_processes(
    master: WorkerKeeper, clock: Clock, murders: list[float]
) -> None:
    turn(master, clock, 1)
    turn(master, clock, 60)
    for _ in range(4):
        turn(master, clock, 9)
    assert murders == [1001.0, 1097.0]
