from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.metrics.row import Row

N_THREADS = 8
N_INCREMENTS = 200


class YieldingCells(list[float]):
    """Cells that let another thread run between the reading of one and its writing."""

    def __getitem__(self, position: Any) -> Any:
        value = super().__getitem__(position)
        time.sleep(0)
        return value


@pytest.fixture
def row() -> Row:
    """Return a row of two cells."""
    return Row(memoryview(bytearray(16)))


def test_adds_amounts_to_cells(row: Row) -> None:
    row.add([(0, 1.0), (1, 2.5), (0, 1.0)])
    assert (row.get(0), row.get(1)) == (2.0, 2.5)


def test_sets_a_cell(row: Row) -> None:
    row.set(1, 3.0)
    row.set(1, 4.0)
    assert (row.get(0), row.get(1)) == (0.0, 4.0)


def test_loses_no_increment_of_many_threads(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    def add() -> None:
        for _ in range(N_INCREMENTS):
            row.add([(0, 1.0), (1, 2.0)])

    monkeypatch.setattr(row, "_cells", YieldingCells([0.0, 0.0]))
    with ThreadPoolExecutor(N_THREADS) as threads:
        for started in [threads.submit(add) for _ in range(N_THREADS)]:
            started.result()
    assert (row.get(0), row.get(1)) == (N_THREADS * N_INCREMENTS, 2 * N_THREADS * N_INCREMENTS)
