"""What the tests of models share: what has been asked of them, and the processes that trials have forked."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from app.columns.table import Rows
from app.model.model import Model
from app.outputs.prediction import BatchPrediction
from tests.support.processes import is_running


@pytest.fixture
def batch_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list to which each model adds how many rows it is asked for at once, from now on."""
    sizes: list[int] = []
    answer = Model.answer

    def record(self: Model, instances: Rows) -> BatchPrediction:
        sizes.append(len(instances))
        return answer(self, instances)

    monkeypatch.setattr(Model, "answer", record)
    return sizes


@pytest.fixture
def forks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a file that holds the ids of the processes that are forked; none of them outlives the test."""
    file = tmp_path / "forks"
    file.touch()
    fork = os.fork

    def fork_and_note() -> int:
        child = fork()
        if child:
            with file.open("a") as lines:
                lines.write(f"{child}\n")
        return child

    monkeypatch.setattr(os, "fork", fork_and_note)
    yield file
    for process in list_processes(file):
        if is_running(process):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def list_processes(forks: Path) -> list[int]:
    return [int(line) for line in forks.read_text().splitlines()]


def are_gone(forks: Path) -> Callable[[], bool]:
    return lambda: not any(map(is_running, list_processes(forks)))
