"""The window that drift is measured over: a ring of periods at the end of each row of a version's counts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.columns.distributions import N_BINS

# The drift window slides by a twelfth of its length.
N_PERIODS = 12

_COUNT_BYTES = 4


@dataclass(frozen=True)
class WindowCounts:
    """The instances of the window by feature and bin, shape (n_features, N_BINS), and by part of each target."""

    by_bin: NDArray[np.int64]
    by_part: NDArray[np.int64]


class Window:
    """Where the ring stands in a row, from the byte `start` on.

    A period holds its number since the epoch, the instances by feature and bin, and the instances by predicted part.
    """

    def __init__(self, start: int, n_features: int, n_parts: int, period_seconds: float) -> None:
        self.start = start
        self.n_parts = n_parts
        self.period_seconds = period_seconds
        self.n_counts = 1 + n_features * N_BINS + n_parts
        self.end = start + N_PERIODS * self.n_counts * _COUNT_BYTES

    def find_periods(self, row: memoryview) -> list[NDArray[np.uint32]]:
        """Return the periods in `row`, to be written, each of shape (n_counts,)."""
        ring = np.frombuffer(row, np.uint32, N_PERIODS * self.n_counts, offset=self.start)
        return list(ring.reshape(N_PERIODS, self.n_counts))

    def find_current(self, periods: Sequence[NDArray[np.uint32]]) -> NDArray[np.uint32]:
        """Return which of `periods` is now; it begins empty."""
        number = int(time.time() / self.period_seconds)
        period = periods[number % N_PERIODS]
        if period[0] != number:
            period[:] = 0
            period[0] = number
        return period

    def add_up(self, rows: NDArray[np.uint8]) -> WindowCounts:
        """Return the counts of all `rows` in the window that ends now."""
        periods = rows[:, self.start : self.end].view(np.uint32).reshape(-1, self.n_counts)
        current = int(time.time() / self.period_seconds)
        # A clock that has been set back leaves periods that are still to come.
        is_within = (periods[:, 0] > current - N_PERIODS) & (periods[:, 0] <= current)
        counts: NDArray[np.int64] = periods[is_within, 1:].sum(axis=0, dtype=np.int64)
        return WindowCounts(counts[: -self.n_parts].reshape(-1, N_BINS), counts[-self.n_parts :])
