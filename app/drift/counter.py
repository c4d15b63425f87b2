"""The counter of one version's answers in one process."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from app.columns.distributions import N_BINS, FeatureDistributions
from app.drift.version import VersionCells
from app.metrics.cells import Increment


class ModelCounter:
    """Counts the answers of one version in the row of this process, from any number of threads."""

    def __init__(
        self, cells: VersionCells, n_classes: int, row: memoryview, distributions: FeatureDistributions | None
    ) -> None:
        self._layout = cells
        self._window = cells.window
        self._n_classes = n_classes
        self._distributions = distributions
        # Where they begin in a period, after its number.
        self._first_bins = 1 + (distributions.first_bins if distributions else np.zeros(0, np.intp))
        self._lock = Lock()
        # One and the same: numpy adds many cells at once, and takes several times as long as a view for a single one.
        self._cells = np.frombuffer(row, np.float64, cells.layout.n_cells)
        self._single_cells = row[: cells.window.start].cast("d")
        self._periods = cells.window.find_periods(row)
        self._first_label = next(iter(cells.predictions.positions.values()))
        self._first_out_of_range = next(iter(cells.out_of_range.positions.values()), 0)

    def observe(
        self,
        instances: NDArray[np.float64],
        labels: NDArray[np.int64],
        probabilities: NDArray[np.float64],
        duration_seconds: float,
    ) -> None:
        """Count one answered request: instances of shape (n, n_features), class indices, probabilities."""
        duration = self._layout.durations.observe(duration_seconds)
        if len(instances) == 1:
            self._count_one(instances[0], int(labels[0]), max(probabilities[0].tolist()), duration)
        else:
            # By columns, of which there are few, this takes a tenth of the time.
            top = np.maximum.reduce(np.ascontiguousarray(probabilities.T))
            self._count_many(instances, labels, top, duration)

    def _count_one(self, instance: NDArray[np.float64], label: int, top: float, duration: Sequence[Increment]) -> None:
        bins = self._distributions.find_bins(instance) if self._distributions else None
        increments = [*duration, *self._layout.probabilities.observe(top), (self._first_label + label, 1.0)]
        if bins is not None and _are_any_outside(bins):
            outside = np.flatnonzero((bins == 0) | (bins == N_BINS - 1)).tolist()
            increments += [(self._first_out_of_range + feature, 1.0) for feature in outside]
        cells = self._single_cells
        with self._lock:
            for position, amount in increments:
                cells[position] += amount
            period = self._window.find_current(self._periods)
            period[label - self._n_classes] += 1
            if bins is not None:
                period[self._first_bins + bins] += 1

    def _count_many(
        self,
        instances: NDArray[np.float64],
        labels: NDArray[np.int64],
        top: NDArray[np.float64],
        duration: Sequence[Increment],
    ) -> None:
        layout, cells, n_classes = self._layout, self._cells, self._n_classes
        by_label = np.bincount(labels, minlength=n_classes)
        by_bin = self._distributions.count(instances) if self._distributions else None
        bucket = np.searchsorted(layout.probabilities.bounds, top)
        by_bucket = np.bincount(bucket, minlength=layout.probabilities.n_buckets)
        with self._lock:
            for position, amount in duration:
                cells[position] += amount
            start = layout.probabilities.positions[()]
            cells[start : start + len(by_bucket)] += by_bucket
            cells[start + len(by_bucket)] += top.sum()
            cells[self._first_label : self._first_label + n_classes] += by_label
            period = self._window.find_current(self._periods)
            period[-n_classes:] += by_label.astype(np.uint32)
            if by_bin is not None:
                period[1:-n_classes] += by_bin.astype(np.uint32)
                start = self._first_out_of_range
                cells[start : start + len(by_bin) // N_BINS] += by_bin[::N_BINS] + by_bin[N_BINS - 1 :: N_BINS]


def _are_any_outside(bins: NDArray[np.int8]) -> bool:
    """Return whether any value is outside the training range; searching bytes takes a tenth of comparing arrays."""
    places = bins.tobytes()
    return 0 in places or N_BINS - 1 in places
