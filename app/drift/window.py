"""What is counted of one version of the model: its answers, and its input beside that of its training."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.artifacts import N_BINS, FeatureDistributions, Metadata
from app.metrics.cells import CELL_BYTES, Increment, Layout
from app.metrics.layout import DURATION_BUCKETS_SECONDS

# The drift window slides by a twelfth of its length.
N_PERIODS = 12

_PROBABILITY_BUCKETS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
_COUNT_BYTES = 4


class ModelLayout:
    """Where in a row the counts of one version stand: first those that only grow, then a ring of periods.

    A period holds its number since the epoch, the instances by feature and bin, and the instances by predicted class.
    """

    def __init__(self, record: dict[str, Any]) -> None:
        """Lay out the counts of the version that `record`, made by `describe_version`, describes."""
        self.record = record
        self.n_classes: int = record["n_classes"]
        self.feature_names: list[str] = record["feature_names"]
        self.n_watched = len(self.feature_names) if record["feature_shares"] else 0
        layout = self.layout = Layout()
        classes = [(str(index),) for index in range(self.n_classes)]
        self.predictions = layout.counter(
            "model_predictions", "Instances answered, by predicted class.", ("label",), classes
        )
        self.out_of_range = layout.counter(
            "model_feature_out_of_range_values",
            "Values outside the range of the training data.",
            ("feature",),
            [(name,) for name in self.feature_names[: self.n_watched]],
        )
        self.probabilities = layout.histogram(
            "model_top_probability", "The highest probability of each answer.", _PROBABILITY_BUCKETS
        )
        self.durations = layout.histogram(
            "model_inference_duration_seconds",
            "Time of the preprocessor and the estimator for a request.",
            DURATION_BUCKETS_SECONDS,
        )
        self.ring_start = layout.n_cells * CELL_BYTES
        self.n_counts = 1 + self.n_watched * N_BINS + self.n_classes
        self.row_bytes = self.ring_start + N_PERIODS * self.n_counts * _COUNT_BYTES


class ModelCounter:
    """Counts the answers of one version in the row of this process, from any number of threads."""

    def __init__(self, layout: ModelLayout, row: memoryview, distributions: FeatureDistributions | None) -> None:
        self._layout = layout
        self._distributions = distributions
        self._lock = Lock()
        # One and the same: numpy adds many cells at once, and takes several times as long as a view for a single one.
        self._cells = np.frombuffer(row, np.float64, layout.layout.n_cells)
        self._single_cells = row[: layout.ring_start].cast("d")
        ring = np.frombuffer(row, np.uint32, N_PERIODS * layout.n_counts, offset=layout.ring_start)
        self._ring = ring.reshape(N_PERIODS, layout.n_counts)
        self._first_label = next(iter(layout.predictions.positions.values()))
        self._first_out_of_range = next(iter(layout.out_of_range.positions.values()), 0)

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
        layout = self._layout
        bins = self._distributions.find_bins(instance) if self._distributions else None
        increments = [*duration, *layout.probabilities.observe(top), (self._first_label + label, 1.0)]
        if bins is not None and _are_any_outside(bins):
            outside = np.flatnonzero((bins == 0) | (bins == N_BINS - 1)).tolist()
            increments += [(self._first_out_of_range + feature, 1.0) for feature in outside]
        cells = self._single_cells
        with self._lock:
            for position, amount in increments:
                cells[position] += amount
            period = self._get_period()
            period[label - layout.n_classes] += 1
            if bins is not None and self._distributions:
                period[1 : -layout.n_classes][self._distributions.first_bins + bins] += 1

    def _count_many(
        self,
        instances: NDArray[np.float64],
        labels: NDArray[np.int64],
        top: NDArray[np.float64],
        duration: Sequence[Increment],
    ) -> None:
        layout, cells = self._layout, self._cells
        by_label = np.bincount(labels, minlength=layout.n_classes)
        by_bin = self._distributions.count(instances) if self._distributions else None
        bucket = np.searchsorted(layout.probabilities.bounds, top)
        by_bucket = np.bincount(bucket, minlength=layout.probabilities.n_buckets)
        with self._lock:
            for position, amount in duration:
                cells[position] += amount
            start = layout.probabilities.positions[()]
            cells[start : start + len(by_bucket)] += by_bucket
            cells[start + len(by_bucket)] += top.sum()
            cells[self._first_label : self._first_label + layout.n_classes] += by_label
            period = self._get_period()
            period[-layout.n_classes :] += by_label.astype(np.uint32)
            if by_bin is not None:
                period[1 : -layout.n_classes] += by_bin.astype(np.uint32)
                start = self._first_out_of_range
                cells[start : start + layout.n_watched] += by_bin[::N_BINS] + by_bin[N_BINS - 1 :: N_BINS]

    def _get_period(self) -> NDArray[np.uint32]:
        number = int(time.time() / self._layout.record["period_seconds"])
        period: NDArray[np.uint32] = self._ring[number % N_PERIODS]
        if period[0] != number:
            period[:] = 0
            period[0] = number
        return period


def _are_any_outside(bins: NDArray[np.int8]) -> bool:
    """Return whether any value is outside the training range; searching bytes takes a tenth of comparing arrays."""
    places = bins.tobytes()
    return 0 in places or N_BINS - 1 in places


def describe_version(metadata: Metadata, engine: str, window_seconds: float) -> dict[str, Any]:
    """Return what the layout and the reading of a version's counts depend on."""
    distributions = metadata.parse_distributions()
    return {
        "kind": "model",
        "version": metadata.version,
        "engine": engine,
        "estimator": metadata.estimator.rpartition(".")[2],
        "created_at_seconds": _parse_time(metadata.created_at),
        "n_classes": len(metadata.classes),
        "feature_names": list(metadata.feature_names),
        "feature_shares": distributions.features.shares.tolist() if distributions else None,
        "prediction_shares": distributions.prediction_shares.tolist() if distributions else None,
        "period_seconds": window_seconds / N_PERIODS,
    }


def _parse_time(text: str) -> float | None:
    """Return seconds since the epoch; `None` for a text that is no time."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
