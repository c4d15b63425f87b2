"""The counter of one version's answers in one process."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from app.columns.distributions import ABOVE_BIN, N_BINS, FeatureDistributions
from app.drift.version import VersionCells
from app.metrics.cells import HistogramCells, Increment


class ModelCounter:
    """Counts the answers of one version in the row of this process, from any number of threads."""

    def __init__(
        self, cells: VersionCells, n_parts: Sequence[int], row: memoryview, distributions: FeatureDistributions | None
    ) -> None:
        """`n_parts` is in how many parts the answers of each target are counted."""
        self._layout = cells
        self._window = cells.window
        self._n_parts = sum(n_parts)
        # Where the parts of each target begin among all of them.
        self._offsets = np.cumsum([0, *n_parts[:-1]])
        self._distributions = distributions
        # Where they begin in a period, after its number.
        self._first_bins = 1 + (distributions.first_bins if distributions else np.zeros(0, np.intp))
        self._lock = Lock()
        # One and the same: numpy adds many cells at once, and takes several times as long as a view for a single one.
        self._cells = np.frombuffer(row, np.float64, cells.layout.n_cells)
        self._single_cells = row[: cells.window.start].cast("d")
        self._periods = cells.window.find_periods(row)
        self._first_part = next(iter(cells.predictions.positions.values()))
        self._first_out_of_range = next(iter(cells.out_of_range.positions.values()), 0)

    def observe(
        self,
        instances: NDArray[np.float64],
        parts: NDArray[np.intp],
        confidence: NDArray[np.float64] | None,
        duration_seconds: float,
    ) -> None:
        """Count one answered request.

        instances : the numbers by which they are compared, shape (n, n_features); parts : in which part of each target
        the answers are, shape (n, n_targets); confidence : the probability of the likeliest class, if there is one.
        """
        increments = [*self._layout.durations.observe(duration_seconds)]
        if len(instances) == 1:
            self._count_one(instances[0], parts[0], confidence, increments)
        else:
            self._count_many(instances, parts, confidence, increments)

    def _count_one(
        self,
        instance: NDArray[np.float64],
        parts: NDArray[np.intp],
        confidence: NDArray[np.float64] | None,
        increments: list[Increment],
    ) -> None:
        bins = self._distributions.find_bins(instance) if self._distributions else None
        if confidence is not None and self._layout.probabilities is not None:
            increments += self._layout.probabilities.observe(float(confidence[0]))
        places: list[int] = (parts + self._offsets).tolist()
        increments += [(self._first_part + place, 1.0) for place in places]
        if bins is not None and _are_any_outside(bins):
            outside = np.flatnonzero((bins == 0) | (bins == ABOVE_BIN)).tolist()
            increments += [(self._first_out_of_range + feature, 1.0) for feature in outside]
        cells = self._single_cells
        with self._lock:
            for position, amount in increments:
                cells[position] += amount
            period = self._window.find_current(self._periods)
            for place in places:
                period[place - self._n_parts] += 1
            if bins is not None:
                period[self._first_bins + bins] += 1

    def _count_many(
        self,
        instances: NDArray[np.float64],
        parts: NDArray[np.intp],
        confidence: NDArray[np.float64] | None,
        increments: Sequence[Increment],
    ) -> None:
        cells, n_parts = self._cells, self._n_parts
        by_part = np.bincount((parts + self._offsets).ravel(), minlength=n_parts)
        by_bin = self._distributions.count(instances) if self._distributions else None
        with self._lock:
            for position, amount in increments:
                cells[position] += amount
            if confidence is not None and self._layout.probabilities is not None:
                self._add_confidence(self._layout.probabilities, confidence)
            cells[self._first_part : self._first_part + n_parts] += by_part
            period = self._window.find_current(self._periods)
            period[-n_parts:] += by_part.astype(np.uint32)
            if by_bin is not None:
                period[1:-n_parts] += by_bin.astype(np.uint32)
                start = self._first_out_of_range
                cells[start : start + len(by_bin) // N_BINS] += by_bin[::N_BINS] + by_bin[ABOVE_BIN::N_BINS]

    def _add_confidence(self, histogram: HistogramCells, confidence: NDArray[np.float64]) -> None:
        bucket = np.searchsorted(histogram.bounds, confidence)
        by_bucket = np.bincount(bucket, minlength=histogram.n_buckets)
        start = histogram.positions[()]
        self._cells[start : start + len(by_bucket)] += by_bucket
        self._cells[start + len(by_bucket)] += confidence.sum()


def _are_any_outside(bins: NDArray[np.int8]) -> bool:
    """Return whether any value is outside the training range; searching bytes takes a tenth of comparing arrays."""
    places = bins.tobytes()
    return 0 in places or ABOVE_BIN in places
