from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from app.drift.window import N_PERIODS, Window
from tests.unit.conftest import Clock

START = 64
PERIOD_SECONDS = 10.0


@pytest.fixture
def window() -> Window:
    """Return a window over one feature and two parts of a target, of 12 periods of 10 seconds."""
    return Window(START, n_features=1, n_parts=2, period_seconds=PERIOD_SECONDS)


@pytest.fixture
def rows(window: Window) -> NDArray[np.uint8]:
    """Return two rows of zeros."""
    return np.zeros((2, window.end), np.uint8)


def count(window: Window, row: NDArray[np.uint8]) -> None:
    """Count an instance in the third bin, in the second part."""
    period = window.find_current(window.find_periods(row.data))
    period[1 + 2] += 1
    period[-1] += 1


def test_adds_up_what_all_rows_have_counted(clock: Clock, window: Window, rows: NDArray[np.uint8]) -> None:
    for row in (rows[0], rows[0], rows[1]):
        count(window, row)
    counts = window.add_up(rows)
    assert (counts.by_bin.tolist(), counts.by_part.tolist()) == ([[0, 0, 3, *[0] * 10]], [0, 3])


def test_writes_to_nothing_before_the_ring(clock: Clock, window: Window, rows: NDArray[np.uint8]) -> None:
    for _ in range(N_PERIODS):
        count(window, rows[0])
        clock.advance(PERIOD_SECONDS / 3600)
    assert [bool(part.any()) for part in (rows[0, :START], rows[1], rows[0, START:])] == [False, False, True]


@pytest.mark.parametrize(("n_periods", "n_instances"), [(0, 1), (11, 1), (12, 0), (1000, 0), (-1, 0)])
def test_an_instance_is_in_the_window_for_twelve_periods(
    clock: Clock, window: Window, rows: NDArray[np.uint8], n_periods: int, n_instances: int
) -> None:
    count(window, rows[0])
    clock.advance(n_periods * PERIOD_SECONDS / 3600)
    assert window.add_up(rows).by_part.sum() == n_instances


def test_a_period_begins_empty_where_one_of_an_earlier_turn_was(
    clock: Clock, window: Window, rows: NDArray[np.uint8]
) -> None:
    for _ in range(3):
        count(window, rows[0])
        clock.advance(N_PERIODS * PERIOD_SECONDS / 3600)
    count(window, rows[0])
    assert window.add_up(rows).by_part.tolist() == [0, 1]
