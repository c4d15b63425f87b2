"""The counts of one version in all processes, as metrics and as drift."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from prometheus_client.core import GaugeMetricFamily, Metric

from app.drift.psi import Drift, measure_drift
from app.drift.version import VersionCells, VersionRecord
from app.metrics.memory import SharedMemory


class VersionCounts:
    """The rows in which all processes count the answers of one version."""

    def __init__(self, record: VersionRecord, memory: SharedMemory) -> None:
        """Make the rows, for this process and those that it forks from now on. Raises `OSError`."""
        self.record = record
        self.cells = VersionCells(record)
        self.rows = memory.add_rows(self.cells.row_bytes)

    def collect(self) -> Iterator[Metric]:
        """Yield what only grows, added up."""
        totals = self.rows.read()[:, : self.cells.window.start].view(np.float64).sum(axis=0)
        yield from self.cells.layout.to_families(totals.tolist(), ("version",), (self.record.version,))

    def collect_current(self) -> Iterator[Metric]:
        """Yield what is shown only of the version that is being served."""
        record = self.record
        info = GaugeMetricFamily(
            "model_info", "The version that is being served.", labels=("version", "engine", "estimator", "task")
        )
        info.add_metric((record.version, record.engine, record.estimator, record.task), 1)
        yield info
        if record.created_at_seconds is not None:
            yield GaugeMetricFamily(
                "model_created_timestamp_seconds", "When it was trained.", record.created_at_seconds
            )
        drift = self.measure_drift()
        if drift:
            yield from _collect_drift(drift)

    def measure_drift(self) -> Drift | None:
        """Return how far the input has drifted; `None` for a version that does not know its training distributions."""
        expected = self.record.expected
        if expected is None:
            return None
        return measure_drift(self.cells.window.add_up(self.rows.read()), expected)


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
        yield GaugeMetricFamily(
            "model_prediction_psi", "The same of the predictions, by class or decile.", drift.prediction_psi
        )
    yield GaugeMetricFamily("model_drifted_features", "Features that have drifted.", int(drift.have_drifted.sum()))
