"""Requests: where their counts stand in a row, what they are called, and what counts them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from app.columns.faults import FaultKind
from app.metrics.cells import Increment, Layout
from app.metrics.memory import Row, SharedRows

UNROUTED = "none"
OTHER = "other"
METHODS = ("GET", "HEAD", "POST", "OPTIONS", OTHER)
STATUSES = ("200", "400", "404", "405", "408", "413", "414", "415", "417", "422", "431", "500", "503", OTHER)
# Of a service that answers within milliseconds; promised is 0.1.
DURATION_BUCKETS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)

# Shown from the start, for who asks for a rate needs a first value.
_SHOWN = (("/predict", "/predict/batch"), ("POST",), ("200", "422", "500"))
_BODY_BUCKETS_BYTES = tuple(256 * 4**step for step in range(8))
_INSTANCES_BUCKETS = tuple(2**step for step in range(11))


class RequestCells:
    """The cells of what is counted of requests."""

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
            "Time to the answer of a request since it had arrived whole.",
            DURATION_BUCKETS_SECONDS,
            ("route",),
            [(route,) for route in routes],
        )
        self.queue_durations = layout.histogram(
            "http_request_queue_duration_seconds",
            "How long a request waited in its worker to be answered.",
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
        self.passes = layout.histogram(
            "model_pass_instances",
            "Instances in each pass of the model, which those of several requests may share.",
            _INSTANCES_BUCKETS,
        )
        self.in_flight = layout.gauge("http_requests_in_flight", "Requests that are being answered.")
        self.waiting = layout.gauge(
            "http_requests_waiting", "Requests that wait to be answered, and connections that wait to be accepted."
        )


class RequestMetrics:
    """Counts requests in the row of this process, from any number of threads."""

    def __init__(self, cells: RequestCells, rows: SharedRows) -> None:
        self._cells = cells
        self._rows = rows
        self.use_row(0)

    def use_row(self, number: int) -> None:
        """Count in the row `number` from now on."""
        self._row = Row(self._rows.get_row(number))

    def count(
        self,
        route: str,
        method: str,
        status: int,
        duration_seconds: float | None = None,
        body_bytes: int | None = None,
        n_instances: int | None = None,
        faults: Iterable[FaultKind] = (),
        queue_seconds: float | None = None,
    ) -> None:
        """Count one answered request; a route that was not there at the start counts as none."""
        cells = self._cells
        if (route,) not in cells.durations.positions:
            route = UNROUTED
        increments: list[Increment] = [(self._find_series(route, method, str(status)), 1.0)]
        if duration_seconds is not None:
            increments += cells.durations.observe(duration_seconds, (route,))
        if queue_seconds is not None:
            increments += cells.queue_durations.observe(queue_seconds)
        if body_bytes is not None:
            increments += cells.body_sizes.observe(body_bytes)
        if n_instances is not None:
            increments += cells.instances.observe(n_instances)
        increments += [(cells.faults.positions[(kind.value,)], 1.0) for kind in faults]
        self._row.add(increments)

    def count_pass(self, n_instances: int) -> None:
        """Count a pass of the model with so many instances."""
        self._row.add(self._cells.passes.observe(n_instances))

    def enqueue(self) -> None:
        """Count a request among those that wait to be answered."""
        self._row.add([(self._cells.waiting.only, 1.0)])

    def dequeue(self) -> None:
        """Count it there no longer."""
        self._row.add([(self._cells.waiting.only, -1.0)])

    def begin(self) -> None:
        """Count a request among those in flight."""
        self._row.add([(self._cells.in_flight.only, 1.0)])

    def end(self) -> None:
        """Count it there no longer."""
        self._row.add([(self._cells.in_flight.only, -1.0)])

    def _find_series(self, route: str, method: str, status: str) -> int:
        positions = self._cells.answered.positions
        position = positions.get((route, method, status))
        if position is None:
            known_method = method if method in METHODS else OTHER
            known_status = status if status in STATUSES else OTHER
            position = positions[(route, known_method, known_status)]
        return position
