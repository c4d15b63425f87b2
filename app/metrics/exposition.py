"""The exposition: what all processes have counted, added up, in Prometheus' text format."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version as get_release

import numpy as np
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.metrics.cells import CELL_BYTES, Layout
from app.metrics.memory import SharedMemory
from app.metrics.requests import UNROUTED, RequestCells, RequestMetrics
from app.metrics.workers import WorkerCells, WorkerMetrics
from app.version import __version__


class ServiceMetrics:
    """The counts of requests and of workers. Row 0 is the master's, or that of the only process."""

    def __init__(self, routes: Sequence[str], memory: SharedMemory) -> None:
        self._started_at = time.time()
        self._layout = Layout()
        self._request_cells = RequestCells(self._layout, (*routes, UNROUTED))
        self._worker_cells = WorkerCells(self._layout)
        self._rows = memory.add_rows(self._layout.n_cells * CELL_BYTES)
        self.requests = RequestMetrics(self._request_cells, self._rows)
        self.workers = WorkerMetrics(self._worker_cells, self._rows, self._layout.gauges)

    def use_row(self, number: int) -> None:
        """Count in the row `number` from now on."""
        self.requests.use_row(number)
        self.workers.use_row(number)

    def collect(self, n_waiting_to_be_accepted: int = 0) -> Iterator[Metric]:
        """Yield all metrics, of all processes."""
        rows = self._rows.read().view(np.float64)
        totals = rows.sum(axis=0)
        totals[self._request_cells.waiting.only] += n_waiting_to_be_accepted
        yield from self._layout.to_families(totals.tolist())
        yield from self._worker_cells.collect_usage(rows)
        yield GaugeMetricFamily("process_start_time_seconds", "When the service started.", self._started_at)
        build = GaugeMetricFamily("ml_service_build_info", "What serves.", labels=("version", "python", "scikit_learn"))
        build.add_metric((__version__, platform.python_version(), get_release("scikit-learn")), 1)
        yield build


class _Joined(Collector):
    """The metrics that are collected from several places, each of them once, with all its samples."""

    def __init__(self, collected: Iterable[Metric]) -> None:
        self._families: dict[str, Metric] = {}
        for family in collected:
            first = self._families.setdefault(family.name, family)
            if first is not family:
                first.samples += family.samples

    def collect(self) -> Iterable[Metric]:
        return self._families.values()


def render(collected: Iterable[Metric]) -> bytes:
    """Return `collected` in Prometheus' text format; a metric that occurs again adds its samples to the first."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Joined(collected))
    return generate_latest(registry)
