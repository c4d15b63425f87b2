from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.monitoring.row import Row

N_THREADS = 8
N_INCREMENTS = 5_000


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


@pytest.mark.usefixtures("hasty_threads")
def test_loses_no_increment_of_many_threads(row: Row) -> None:
    def add() -> None:
        for _ in range(N_INCREMENTS):
            row.add([(0, 1.0), (1, 2.0)])

    with ThreadPoolExecutor(N_THREADS) as threads:
        for _ in range(N_THREADS):
            threads.submit(add)
    assert (row.get(0), row.get(1)) == (N_THREADS * N_INCREMENTS, 2 * N_THREADS * N_INCREMENTS)
