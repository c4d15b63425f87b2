"""What the service counts about its requests and its processes."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version as get_release
from threading import local

import numpy as np
from numpy.typing import NDArray
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from app.columns.faults import FaultKind
from app.metrics.cells import CELL_BYTES, Increment
from app.metrics.layout import METHODS, OTHER, STATUSES, UNROUTED, ServiceLayout
from app.metrics.memory import SharedMemory
from app.metrics.row import Row
from app.version import __version__


class ServiceMetrics:
    """Counts in the row of this process, and reads those of all. Row 0 is the master's, or that of the only process."""

    def __init__(self, routes: Sequence[str], memory: SharedMemory) -> None:
        self._started_at = time.time()
        self._thread = local()
        self._layout = ServiceLayout(routes)
        self._requests = self._layout.requests
        self._workers = self._layout.workers
        self._records = self._layout.records
        self._area = memory.add_area({"kind": "service"}, self._layout.n_cells * CELL_BYTES)
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
        if (route,) not in self._requests.durations.positions:
            route = UNROUTED
        increments: list[Increment] = [(self._find_series(route, method, str(status)), 1.0)]
        if duration_seconds is not None:
            increments += self._requests.durations.observe(duration_seconds, (route,))
        queue_seconds = self.get_queue_seconds()
        if queue_seconds is not None:  # here, as many a connection that gets readable has only been closed
            increments += self._requests.queue_durations.observe(queue_seconds)
            self._thread.queue_seconds = None
        if body_bytes is not None:
            increments += self._requests.body_sizes.observe(body_bytes)
        if n_instances is not None:
            increments += self._requests.instances.observe(n_instances)
        increments += [(self._requests.faults.positions[(kind.value,)], 1.0) for kind in faults]
        self.row.add(increments)

    def enqueue(self) -> None:
        """Note that a request waits for a thread."""
        self.row.add([(self._requests.waiting.only, 1.0)])

    def begin(self, queue_seconds: float) -> None:
        """Note that a thread has taken what may be a request, after it had waited for so long."""
        self._thread.queue_seconds = queue_seconds
        self.row.add([(self._requests.waiting.only, -1.0), (self._requests.in_flight.only, 1.0)])

    def get_queue_seconds(self) -> float | None:
        """Return how long this thread's request waited for it, until it is counted; `None` where nobody has said."""
        seconds: float | None = getattr(self._thread, "queue_seconds", None)
        return seconds

    def end(self) -> None:
        """Note that a thread has done with a request."""
        self.row.add([(self._requests.in_flight.only, -1.0)])

    def announce_worker(self, n_threads: int) -> None:
        """Note that this process serves from now on."""
        self.row.set(self._workers.threads.only, n_threads)
        self.row.set(self._workers.ready.only, 1.0)

    def note_usage(self, resident_bytes: float, cpu_seconds: float) -> None:
        """Note what memory this worker has, and what CPU time it has used since its start."""
        self.row.set(self._layout.resident, resident_bytes)
        self._set_total(self._layout.cpu, cpu_seconds)

    def note_dropped_lines(self, total: int) -> None:
        """Note how many log lines this process has dropped since its start."""
        self._set_total(self._records.dropped_lines.only, total)

    def note_kept_predictions(self, n_written: int, n_dropped: int) -> None:
        """Note how many records of the prediction log this process has written, and dropped, since its start."""
        self._set_total(self._records.kept_predictions.positions[("written",)], n_written)
        self._set_total(self._records.kept_predictions.positions[("dropped",)], n_dropped)

    def _find_totals(self) -> tuple[int, ...]:
        """Return the cells to which a process adds what it has counted elsewhere."""
        return (self._layout.cpu, self._records.dropped_lines.only, *self._records.kept_predictions.positions.values())

    def _set_total(self, position: int, total: float) -> None:
        self.row.set(position, self._before[position] + total)

    def count_worker_start(self) -> None:
        """Count a worker that the master starts."""
        self.row.add([(self._workers.starts.only, 1.0)])

    def count_worker_end(self, number: int, cause: str) -> None:
        """Count a worker that has ended, and clear what its row says of the present."""
        self.row.add([(self._workers.ends.positions[(cause,)], 1.0)])
        gauges = (self._requests.in_flight, self._requests.waiting, self._workers.threads, self._workers.ready)
        ended = Row(self._area.get_row(number))
        for position in (*(gauge.only for gauge in gauges), self._layout.resident):
            ended.set(position, 0.0)

    def set_configured(self, n_workers: int) -> None:
        """Note how many workers there should be."""
        self.row.set(self._workers.configured.only, n_workers)

    def count_reload(self, accepted: bool) -> None:
        """Count a reload that has ended."""
        self.row.add([(self._records.reloads.positions[("accepted" if accepted else "refused",)], 1.0)])
        self.row.set(self._records.last_refused.only, 0.0 if accepted else 1.0)

    def collect(self, n_waiting_to_be_accepted: int = 0) -> Iterator[Metric]:
        """Yield all metrics, of all processes."""
        rows = self._area.read_rows().view(np.float64)[:, : self._layout.n_cells]
        totals = rows.sum(axis=0)
        totals[self._requests.waiting.only] += n_waiting_to_be_accepted
        yield from self._layout.layout.to_families(totals.tolist())
        yield from self._collect_usage(rows)
        yield GaugeMetricFamily("process_start_time_seconds", "When the service started.", self._started_at)
        build = GaugeMetricFamily("ml_service_build_info", "What serves.", labels=("version", "python", "scikit_learn"))
        build.add_metric((__version__, platform.python_version(), get_release("scikit-learn")), 1)
        yield build

    def _collect_usage(self, rows: NDArray[np.float64]) -> Iterator[Metric]:
        memory = GaugeMetricFamily("worker_resident_memory_bytes", "Memory of a worker.", labels=("worker",))
        cpu = CounterMetricFamily("worker_cpu_seconds", "CPU time of the workers in a place.", labels=("worker",))
        for number, row in enumerate(rows):
            if row[self._layout.resident]:
                memory.add_metric((str(number - 1),), row[self._layout.resident])
            if row[self._layout.cpu]:
                cpu.add_metric((str(number - 1),), row[self._layout.cpu])
        yield from (memory, cpu)

    def _find_series(self, route: str, method: str, status: str) -> int:
        positions = self._requests.answered.positions
        position = positions.get((route, method, status))
        if position is None:
            known_method = method if method in METHODS else OTHER
            known_status = status if status in STATUSES else OTHER
            position = positions[(route, known_method, known_status)]
        return position
