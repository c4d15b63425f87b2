"""Where in a row the counts of requests and of processes stand, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from app.columns.faults import FaultKind
from app.metrics.cells import Layout

UNROUTED = "none"
OTHER = "other"
METHODS = ("GET", "HEAD", "POST", "OPTIONS", OTHER)
STATUSES = ("200", "400", "404", "405", "413", "414", "415", "417", "422", "431", "500", "503", OTHER)
# Of a service that answers within milliseconds; promised is 0.1.
DURATION_BUCKETS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)

# Shown from the start, for who asks for a rate needs a first value.
_SHOWN = (("/predict", "/predict/batch"), ("POST",), ("200", "422", "500"))
_BODY_BUCKETS_BYTES = tuple(256 * 4**step for step in range(8))
_INSTANCES_BUCKETS = tuple(2**step for step in range(11))


class RequestCells:
    """What is counted of requests."""

    def __init__(self, layout: Layout, routes: Sequence[str]) -> None:
        self.answered = layout.counter(
            "http_requests",
            "Requests answered.",
            ("route", "method", "status"),
            product(routes, METHODS, STATUSES),
            shown=product(*_SHOWN),
        )
        self.durations = layout.histogram(
            "http_request_duration_seconds",
            "Time to the answer of a request, and its wait for a thread before.",
            DURATION_BUCKETS_SECONDS,
            ("route",),
            [(route,) for route in routes],
        )
        self.queue_durations = layout.histogram(
            "http_request_queue_duration_seconds",
            "How long a request waited in its worker for a thread.",
            DURATION_BUCKETS_SECONDS,
        )
        self.body_sizes = layout.histogram(
            "http_request_body_size_bytes", "Length of the bodies that were read.", _BODY_BUCKETS_BYTES
        )
        self.faults = layout.counter(
            "http_request_faults",
            "Refused requests, once for each kind of fault that a request has.",
            ("kind",),
            [(kind.value,) for kind in FaultKind],
        )
        self.instances = layout.histogram(
            "model_request_instances", "Instances in the requests that were answered.", _INSTANCES_BUCKETS
        )
        self.in_flight = layout.gauge("http_requests_in_flight", "Requests that a thread is at.")
        self.waiting = layout.gauge(
            "http_requests_waiting", "Requests that wait for a thread, and connections that wait to be accepted."
        )


class WorkerCells:
    """What is counted of workers."""

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


class RecordCells:
    """What is counted of reloads, log lines and kept predictions."""

    def __init__(self, layout: Layout) -> None:
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


class ServiceLayout:
    """All cells of a row; the last two, memory and CPU, are told of each worker and not added up."""

    def __init__(self, routes: Sequence[str]) -> None:
        self.layout = Layout()
        self.requests = RequestCells(self.layout, (*routes, UNROUTED))
        self.workers = WorkerCells(self.layout)
        self.records = RecordCells(self.layout)
        self.resident, self.cpu = self.layout.n_cells, self.layout.n_cells + 1
        self.n_cells = self.layout.n_cells + 2
