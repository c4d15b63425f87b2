"""What the service counts about its requests and its processes."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version as get_release
from itertools import product
from threading import local

import numpy as np
from numpy.typing import NDArray
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from app.faults import FaultKind
from app.monitoring.layout import CELL_BYTES, Increment, Layout
from app.monitoring.row import Row
from app.monitoring.shared_memory import SharedMemory
from app.version import __version__

UNROUTED = "none"
PREDICTION_ROUTES = ("/predict", "/predict/batch")
# Of a service that answers within milliseconds; promised is 0.1.
DURATION_BUCKETS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)

_OTHER = "other"
_METHODS = ("GET", "HEAD", "POST", "OPTIONS", _OTHER)
_STATUSES = ("200", "400", "404", "405", "413", "414", "415", "417", "422", "431", "500", "503", _OTHER)
_BODY_BUCKETS_BYTES = tuple(256 * 4**step for step in range(8))
_INSTANCES_BUCKETS = tuple(2**step for step in range(11))


class ServiceMetrics:
    """Counts in the row of this process, and reads those of all. Row 0 is the master's, or that of the only process."""

    def __init__(self, routes: Iterable[str], memory: SharedMemory) -> None:
        self._started_at = time.time()
        self._thread = local()
        layout = self._layout = Layout()
        series = [*product((*routes, UNROUTED), _METHODS, _STATUSES)]
        self._requests = layout.counter(
            "http_requests",
            "Requests answered.",
            ("route", "method", "status"),
            series,
            shown=product(PREDICTION_ROUTES, ["POST"], ["200", "422", "500"]),
        )
        self._durations = layout.histogram(
            "http_request_duration_seconds",
            "Time to the answer of a request, and its wait for a thread before.",
            DURATION_BUCKETS_SECONDS,
            ("route",),
            [(route,) for route in (*routes, UNROUTED)],
        )
        self._queue_durations = layout.histogram(
            "http_request_queue_duration_seconds",
            "How long a request waited in its worker for a thread.",
            DURATION_BUCKETS_SECONDS,
        )
        self._body_sizes = layout.histogram(
            "http_request_body_size_bytes", "Length of the bodies that were read.", _BODY_BUCKETS_BYTES
        )
        self._faults = layout.counter(
            "http_request_faults",
            "Refused requests, once for each kind of fault that a request has.",
            ("kind",),
            [(kind.value,) for kind in FaultKind],
        )
        self._instances = layout.histogram(
            "model_request_instances", "Instances in the requests that were answered.", _INSTANCES_BUCKETS
        )
        self._in_flight = layout.gauge("http_requests_in_flight", "Requests that a thread is at.")
        self._waiting = layout.gauge(
            "http_requests_waiting", "Requests that wait for a thread, and connections that wait to be accepted."
        )
        self._threads = layout.gauge("worker_threads", "Threads of all workers that serve.")
        self._configured = layout.gauge("workers_configured", "Workers that there should be.")
        self._ready = layout.gauge("workers_ready", "Workers that serve.")
        self._starts = layout.counter("worker_starts", "Workers started.")
        self._ends = layout.counter(
            "worker_ends",
            "Workers ended: retired ones were told to, the others were not, before they served or later.",
            ("cause",),
            [("retired",), ("startup",), ("crashed",)],
        )
        self._reloads = layout.counter(
            "model_reloads",
            "Reloads, by how they ended.",
            ("outcome",),
            [("accepted",), ("refused",)],
        )
        self._last_refused = layout.gauge("model_last_reload_refused", "Whether the last reload was refused.")
        self._dropped_lines = layout.counter("log_lines_dropped", "Log lines that nobody took in time.")
        self._kept_predictions = layout.counter(
            "prediction_log_records",
            "Requests whose predictions were to be kept.",
            ("outcome",),
            [("written",), ("dropped",)],
        )
        self._resident, self._cpu = layout.n_cells, layout.n_cells + 1
        self._n_cells = layout.n_cells + 2
        self._area = memory.add_area({"kind": "service"}, self._n_cells * CELL_BYTES)
        self.use_row(0)

    def use_row(self, number: int) -> None:
        """Count in the row `number` from now on."""
        self.row = Row(self._area.get_row(number))
        self._before = {position: self.row.get(position) for position in self._find_totals()}

    def count_request(
        self,
        route: str,
        method: str,
        status: int,
        duration_seconds: float | None = None,
        body_bytes: int | None = None,
        n_instances: int | None = None,
        faults: Iterable[FaultKind] = (),
    ) -> None:
        """Count one answered request; a route that was not there at the start counts as none."""
        if (route,) not in self._durations.positions:
            route = UNROUTED
        increments: list[Increment] = [(self._find_series(route, method, str(status)), 1.0)]
        if duration_seconds is not None:
            increments += self._durations.observe(duration_seconds, (route,))
        if body_bytes is not None:
            increments += self._body_sizes.observe(body_bytes)
        if n_instances is not None:
            increments += self._instances.observe(n_instances)
        increments += [(self._faults.positions[(kind.value,)], 1.0) for kind in faults]
        self.row.add(increments)

    def enqueue(self) -> None:
        """Note that a request waits for a thread."""
        self.row.add([(self._waiting.only, 1.0)])

    def begin(self, queue_seconds: float) -> None:
        """Note that a thread has taken a request, after it had waited for so long."""
        self._thread.queue_seconds = queue_seconds
        self.row.add([
            (self._waiting.only, -1.0), (self._in_flight.only, 1.0), *self._queue_durations.observe(queue_seconds)
        ])  # fmt: skip

    def get_queue_seconds(self) -> float:
        """Return how long the request of this thread waited for it; 0 where nobody noted that."""
        seconds: float = getattr(self._thread, "queue_seconds", 0.0)
        return seconds

    def end(self) -> None:
        """Note that a thread has done with a request."""
        self.row.add([(self._in_flight.only, -1.0)])

    def announce_worker(self, n_threads: int) -> None:
        """Note that this process serves from now on."""
        self.row.set(self._threads.only, n_threads)
        self.row.set(self._ready.only, 1.0)

    def note_usage(self, resident_bytes: float, cpu_seconds: float) -> None:
        """Note what memory this worker has, and what CPU time it has used since its start."""
        self.row.set(self._resident, resident_bytes)
        self._set_total(self._cpu, cpu_seconds)

    def note_dropped_lines(self, total: int) -> None:
        """Note how many log lines this process has dropped since its start."""
        self._set_total(self._dropped_lines.only, total)

    def note_kept_predictions(self, n_written: int, n_dropped: int) -> None:
        """Note how many records of the prediction log this process has written, and dropped, since its start."""
        self._set_total(self._kept_predictions.positions[("written",)], n_written)
        self._set_total(self._kept_predictions.positions[("dropped",)], n_dropped)

    def _find_totals(self) -> tuple[int, ...]:
        """Return the cells to which a process adds what it has counted elsewhere."""
        return (self._cpu, self._dropped_lines.only, *self._kept_predictions.positions.values())

    def _set_total(self, position: int, total: float) -> None:
        self.row.set(position, self._before[position] + total)

    def count_worker_start(self) -> None:
        """Count a worker that the master starts."""
        self.row.add([(self._starts.only, 1.0)])

    def count_worker_end(self, number: int, cause: str) -> None:
        """Count a worker that has ended, and clear what its row says of the present."""
        self.row.add([(self._ends.positions[(cause,)], 1.0)])
        gauges = (self._in_flight, self._waiting, self._threads, self._ready)
        ended = Row(self._area.get_row(number))
        for position in (*(gauge.only for gauge in gauges), self._resident):
            ended.set(position, 0.0)

    def set_configured(self, n_workers: int) -> None:
        """Note how many workers there should be."""
        self.row.set(self._configured.only, n_workers)

    def count_reload(self, accepted: bool) -> None:
        """Count a reload that has ended."""
        self.row.add([(self._reloads.positions[("accepted" if accepted else "refused",)], 1.0)])
        self.row.set(self._last_refused.only, 0.0 if accepted else 1.0)

    def collect(self, n_waiting_to_be_accepted: int = 0) -> Iterator[Metric]:
        """Yield all metrics, of all processes."""
        rows = self._area.read_rows().view(np.float64)[:, : self._n_cells]
        totals = rows.sum(axis=0)
        totals[self._waiting.only] += n_waiting_to_be_accepted
        yield from self._layout.to_families(totals.tolist())
        yield from self._collect_usage(rows)
        yield GaugeMetricFamily("process_start_time_seconds", "When the service started.", self._started_at)
        build = GaugeMetricFamily("ml_service_build_info", "What serves.", labels=("version", "python", "scikit_learn"))
        build.add_metric((__version__, platform.python_version(), get_release("scikit-learn")), 1)
        yield build

    def _collect_usage(self, rows: NDArray[np.float64]) -> Iterator[Metric]:
        memory = GaugeMetricFamily("worker_resident_memory_bytes", "Memory of a worker.", labels=("worker",))
        cpu = CounterMetricFamily("worker_cpu_seconds", "CPU time of the workers in a place.", labels=("worker",))
        for number, row in enumerate(rows):
            if row[self._resident]:
                memory.add_metric((str(number - 1),), row[self._resident])
            if row[self._cpu]:
                cpu.add_metric((str(number - 1),), row[self._cpu])
        yield from (memory, cpu)

    def _find_series(self, route: str, method: str, status: str) -> int:
        positions = self._requests.positions
        position = positions.get((route, method, status))
        if position is None:
            known_method = method if method in _METHODS else _OTHER
            known_status = status if status in _STATUSES else _OTHER
            position = positions[(route, known_method, known_status)]
        return position
