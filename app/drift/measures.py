"""What all processes have counted of one version of the model, and how far its input has drifted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from prometheus_client.core import GaugeMetricFamily, Metric

from app.artifacts import N_BINS
from app.drift.report import Drift, measure_psi
from app.drift.window import N_PERIODS, ModelLayout
from app.metrics.memory import Area


class ModelMetrics:
    """What all processes have counted of one version."""

    def __init__(self, area: Area) -> None:
        self._area = area
        self.record = area.record
        self.version: str = area.record["version"]

    @cached_property
    def layout(self) -> ModelLayout:
        """Where the counts stand."""
        return ModelLayout(self.record)

    def collect(self) -> Iterator[Metric]:
        """Yield the counts of the version."""
        rows = self._area.read_rows()
        totals = rows[:, : self.layout.ring_start].view(np.float64).sum(axis=0)
        yield from self.layout.layout.to_families(totals.tolist(), ("version",), (self.version,))

    def collect_current(self) -> Iterator[Metric]:
        """Yield what is told only of the version that is being served."""
        info = GaugeMetricFamily(
            "model_info", "The version that is being served.", labels=("version", "engine", "estimator")
        )
        info.add_metric((self.version, self.record["engine"], self.record["estimator"]), 1)
        yield info
        created_at: float | None = self.record["created_at_seconds"]
        if created_at is not None:
            yield GaugeMetricFamily("model_created_timestamp_seconds", "When it was trained.", created_at)
        drift = self.measure_drift()
        if drift:
            yield from _collect_drift(drift)

    def measure_drift(self) -> Drift | None:
        """Return how far the input has drifted; `None` for a version that does not know its training distributions."""
        if not self.record["feature_shares"]:
            return None
        counts = self._read_window()
        n_classes = self.layout.n_classes
        by_bin = counts[:-n_classes].reshape(-1, N_BINS)
        by_label = counts[-n_classes:]
        n_instances = int(by_label.sum())
        outside = by_bin[:, 0] + by_bin[:, -1]
        deciles = by_bin[:, 1:-1].copy()
        deciles[:, 0] += by_bin[:, 0]
        deciles[:, -1] += by_bin[:, -1]
        divisor = max(n_instances, 1)
        prediction_shares = by_label / divisor
        expected_shares = np.array(self.record["prediction_shares"])
        return Drift(
            n_instances=n_instances,
            feature_names=self.record["feature_names"],
            psi=measure_psi(deciles / divisor, np.array(self.record["feature_shares"])),
            out_of_range=outside / divisor,
            prediction_shares=prediction_shares,
            expected_prediction_shares=expected_shares,
            prediction_psi=float(measure_psi(prediction_shares, expected_shares)),
        )

    def _read_window(self) -> NDArray[np.int64]:
        """Return the instances by feature and bin, then by predicted class, of the window that ends now."""
        n_counts = self.layout.n_counts
        rings = self._area.read_rows()[:, self.layout.ring_start : self.layout.row_bytes].view(np.uint32)
        periods = rings.reshape(-1, n_counts)
        current = int(time.time() / self.record["period_seconds"])
        # A clock that has been set back leaves periods that are still to come.
        is_within = (periods[:, 0] > current - N_PERIODS) & (periods[:, 0] <= current)
        counts: NDArray[np.int64] = periods[is_within, 1:].sum(axis=0, dtype=np.int64)
        return counts


def _collect_drift(drift: Drift) -> Iterator[Metric]:
    yield GaugeMetricFamily("model_drift_window_instances", "Instances in the drift window.", drift.n_instances)
    if not drift.is_meaningful:
        return
    psi = GaugeMetricFamily(
        "model_feature_psi", "Population stability index over the drift window.", labels=("feature",)
    )
    for name, value in zip(drift.feature_names, drift.psi.tolist(), strict=True):
        psi.add_metric((name,), value)
    yield psi
    if drift.are_predictions_meaningful:
        yield GaugeMetricFamily("model_prediction_psi", "The same of the predicted classes.", drift.prediction_psi)
    yield GaugeMetricFamily("model_drifted_features", "Features that have drifted.", int(drift.have_drifted.sum()))
