"""Workers: where their counts stand in a row, what they are called, and what counts them, reloads and records too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from app.metrics.cells import Layout
from app.metrics.memory import Row, SharedRows


class WorkerCells:
    """The cells of what is counted of workers, reloads, log lines and kept predictions."""

    def __init__(self, layout: Layout) -> None:
        self.threads = layout.gauge("worker_threads", "Threads of all workers that serve.")
        self.configured = layout.gauge("workers_configured", "Workers that there should be.")
        self.ready = layout.gauge("workers_ready", "Workers that serve.")
        self.starts = layout.counter("worker_starts", "Workers started.")
        self.ends = layout.counter(
            "worker_ends",
            "Workers ended: retired ones were told to, the others were not, before they served or later.",
            ("cause",),
            [("retired",), ("startup",), ("crashed",)],
        )
        self.reloads = layout.counter(
            "model_reloads", "Reloads, by how they ended.", ("outcome",), [("accepted",), ("refused",)]
        )
        self.last_refused = layout.gauge("model_last_reload_refused", "Whether the last reload was refused.")
        self.dropped_lines = layout.counter("log_lines_dropped", "Log lines that nobody took in time.")
        self.kept_predictions = layout.counter(
            "prediction_log_records",
            "Requests whose predictions were to be kept.",
            ("outcome",),
            [("written",), ("dropped",)],
        )
        # These two are shown of each worker, and not added up.
        self.resident_bytes = layout.cell()
        self.cpu_seconds = layout.cell()

    @property
    def totals(self) -> tuple[int, ...]:
        """The cells that a process sets to what it has counted elsewhere since its start."""
        return (self.cpu_seconds, self.dropped_lines.only, *self.kept_predictions.positions.values())

    def collect_usage(self, rows: NDArray[np.float64]) -> Iterator[Metric]:
        """Yield what each worker uses; the first of `rows` is the master's."""
        memory = GaugeMetricFamily("worker_resident_memory_bytes", "Memory of a worker.", labels=("worker",))
        cpu = CounterMetricFamily("worker_cpu_seconds", "CPU time of the workers in a place.", labels=("worker",))
        for number, row in enumerate(rows):
            if row[self.resident_bytes]:
                memory.add_metric((str(number - 1),), row[self.resident_bytes])
            if row[self.cpu_seconds]:
                cpu.add_metric((str(number - 1),), row[self.cpu_seconds])
        yield from (memory, cpu)


class WorkerMetrics:
    """Counts the workers that start and end, in the row of the master, and what a worker uses, in its own."""

    def __init__(self, cells: WorkerCells, rows: SharedRows, gauges: Sequence[int]) -> None:
        """Count in `rows`, of which a process that ends leaves nothing in `gauges`."""
        self._cells = cells
        self._rows = rows
        self._present = (*gauges, cells.resident_bytes)
        self.use_row(0)

    def use_row(self, number: int) -> None:
        """Count in the row `number` from now on, where the process that had it before has ended."""
        self._row = Row(self._rows.get_row(number))
        self._before = {position: self._row.get(position) for position in self._cells.totals}

    def set_ready(self, n_threads: int) -> None:
        """Count this process among those that serve, with so many threads."""
        self._row.set(self._cells.threads.only, n_threads)
        self._row.set(self._cells.ready.only, 1.0)

    def set_usage(self, resident_bytes: float, cpu_seconds: float) -> None:
        """Set what memory this worker has, and what CPU time it has used since its start."""
        self._row.set(self._cells.resident_bytes, resident_bytes)
        self._set_total(self._cells.cpu_seconds, cpu_seconds)

    def set_dropped_lines(self, total: int) -> None:
        """Set how many log lines this process has dropped since its start."""
        self._set_total(self._cells.dropped_lines.only, total)

    def set_kept_predictions(self, n_written: int, n_dropped: int) -> None:
        """Set how many records of the prediction log this process has written, and dropped, since its start."""
        self._set_total(self._cells.kept_predictions.positions[("written",)], n_written)
        self._set_total(self._cells.kept_predictions.positions[("dropped",)], n_dropped)

    def set_configured(self, n_workers: int) -> None:
        """Set how many workers there should be."""
        self._row.set(self._cells.configured.only, n_workers)

    def count_start(self) -> None:
        """Count a worker that the master starts."""
        self._row.add([(self._cells.starts.only, 1.0)])

    def count_end(self, number: int, cause: str) -> None:
        """Count the worker of the row `number`, which has ended, and clear what the row says of the present."""
        self._row.add([(self._cells.ends.positions[(cause,)], 1.0)])
        ended = Row(self._rows.get_row(number))
        for position in self._present:
            ended.set(position, 0.0)

    def count_reload(self, accepted: bool) -> None:
        """Count a reload that has ended."""
        self._row.add([(self._cells.reloads.positions[("accepted" if accepted else "refused",)], 1.0)])
        self._row.set(self._cells.last_refused.only, 0.0 if accepted else 1.0)

    def _set_total(self, position: int, total: float) -> None:
        self._row.set(position, self._before[position] + total)
