from __future__ import annotations

from itertools import product

import pytest

from app.columns.faults import FaultKind
from app.metrics.memory import SharedMemory
from app.metrics.service import ServiceMetrics
from tests.support.forked import run_in_child

MASTER, WORKER = 0, 1


@pytest.fixture
def memory() -> SharedMemory:
    """Return memory of which two rows are in use."""
    memory = SharedMemory(8)
    memory.use_row(WORKER)
    return memory


@pytest.fixture
def metrics(memory: SharedMemory) -> ServiceMetrics:
    """Return the counts of a service of two routes, in the row of its master."""
    return ServiceMetrics(["/health", "/predict"], memory)


def read(metrics: ServiceMetrics, name: str, backlog: int = 0) -> dict[tuple[str, ...], float]:
    """Return the samples `name` that are not zero, by the values of their labels."""
    samples = [sample for family in metrics.collect(backlog) for sample in family.samples if sample.name == name]
    return {tuple(sample.labels.values()): sample.value for sample in samples if sample.value}


def test_counts_a_request_with_all_that_is_known_of_it(metrics: ServiceMetrics) -> None:
    metrics.count_request("/predict", "POST", 422, 0.02, 300, 7, [FaultKind.MISSING, FaultKind.UNKNOWN])
    assert read(metrics, "http_requests_total") == {("/predict", "POST", "422"): 1}
    assert read(metrics, "http_request_duration_seconds_sum") == {("/predict",): 0.02}
    assert read(metrics, "http_request_body_size_bytes_sum") == {(): 300}
    assert read(metrics, "model_request_instances_sum") == {(): 7}
    assert read(metrics, "http_request_faults_total") == {("missing",): 1, ("unknown",): 1}


@pytest.mark.parametrize(
    ("route", "method", "status", "labels"),
    [
        ("/made/up", "GET", 404, ("none", "GET", "404")),
        ("/predict", "BREW", 405, ("/predict", "other", "405")),
        ("/predict", "get", 405, ("/predict", "other", "405")),
        ("/health", "GET", 418, ("/health", "GET", "other")),
        ("/made/up", "BREW", 299, ("none", "other", "other")),
        ("x" * 10_000, "y" * 10_000, 10**9, ("none", "other", "other")),
        ('"\n\\', '"\n\\', -1, ("none", "other", "other")),
    ],
)
def test_labels_are_from_closed_sets(
    metrics: ServiceMetrics, route: str, method: str, status: int, labels: tuple[str, ...]
) -> None:
    metrics.count_request(route, method, status, 0.001)
    assert read(metrics, "http_requests_total") == {labels: 1}
    assert read(metrics, "http_request_duration_seconds_count") == {labels[:1]: 1}


def test_what_is_made_up_adds_no_series(metrics: ServiceMetrics) -> None:
    for number, kind in product(range(50), ["route", "method"]):
        metrics.count_request(f"/{number}", f"{kind}{number}", 600 + number)
    assert read(metrics, "http_requests_total") == {("none", "other", "other"): 100}


def test_a_request_waits_then_is_in_flight_then_is_neither(metrics: ServiceMetrics) -> None:
    def read_gauges() -> tuple[float, float]:
        names = ("http_requests_waiting", "http_requests_in_flight")
        waiting, in_flight = (read(metrics, name).get((), 0) for name in names)
        return waiting, in_flight

    gauges = [read_gauges()]
    for step in (metrics.enqueue, lambda: metrics.begin(0.3), metrics.end):
        step()
        gauges.append(read_gauges())
    assert gauges == [(0, 0), (1, 0), (0, 1), (0, 0)]


def test_only_what_turns_out_to_be_a_request_has_waited(metrics: ServiceMetrics) -> None:
    for wait_seconds in (0.25, 0.5):
        metrics.begin(wait_seconds)
        metrics.end()
    metrics.count_request("/health", "GET", 200)
    metrics.count_request("/health", "GET", 200)
    assert read(metrics, "http_request_queue_duration_seconds_sum") == {(): 0.5}
    assert read(metrics, "http_request_queue_duration_seconds_count") == {(): 1}


def test_connections_that_wait_to_be_accepted_wait_too(metrics: ServiceMetrics) -> None:
    metrics.enqueue()
    assert read(metrics, "http_requests_waiting", backlog=3) == {(): 4}


def test_the_end_of_a_worker_clears_what_it_said_of_the_present_and_keeps_what_it_counted(
    metrics: ServiceMetrics,
) -> None:
    def serve_and_die() -> None:
        metrics.use_row(WORKER)
        metrics.announce_worker(4)
        metrics.note_usage(1000.0, 2.5)
        metrics.count_request("/health", "GET", 200)
        metrics.enqueue()
        metrics.enqueue()
        metrics.begin(0.1)

    run_in_child(serve_and_die)
    gauges = ("workers_ready", "worker_threads", "http_requests_in_flight", "http_requests_waiting")
    before = [read(metrics, name).get((), 0) for name in gauges]
    metrics.count_worker_end(WORKER, "crashed")
    after = [read(metrics, name).get((), 0) for name in gauges]
    assert (before, after) == ([1, 4, 1, 1], [0, 0, 0, 0])
    assert read(metrics, "worker_ends_total") == {("crashed",): 1}
    assert read(metrics, "http_requests_total") == {("/health", "GET", "200"): 1}
    assert (read(metrics, "worker_resident_memory_bytes"), read(metrics, "worker_cpu_seconds_total")) == (
        {},
        {("0",): 2.5},
    )


def test_the_next_worker_counts_on_where_the_last_one_ended(metrics: ServiceMetrics) -> None:
    def serve() -> None:
        metrics.use_row(WORKER)
        metrics.note_usage(1000.0, 2.5)
        metrics.note_usage(1000.0, 3.0)
        metrics.note_dropped_lines(7)
        metrics.count_request("/health", "GET", 200)

    for _ in range(3):
        run_in_child(serve)
    assert read(metrics, "worker_cpu_seconds_total") == {("0",): 9}
    assert read(metrics, "log_lines_dropped_total") == {(): 21}
    assert read(metrics, "http_requests_total") == {("/health", "GET", "200"): 3}


def test_a_worker_whose_memory_the_system_does_not_tell_has_none(metrics: ServiceMetrics) -> None:
    metrics.use_row(WORKER)
    metrics.note_usage(0, 1.0)
    assert read(metrics, "worker_resident_memory_bytes") == {}


def test_the_last_reload_says_whether_it_was_refused(metrics: ServiceMetrics) -> None:
    metrics.count_reload(accepted=False)
    refused = read(metrics, "model_last_reload_refused")
    metrics.count_reload(accepted=True)
    assert (refused, read(metrics, "model_last_reload_refused")) == ({(): 1}, {})
    assert read(metrics, "model_reloads_total") == {("accepted",): 1, ("refused",): 1}


def test_counts_workers_that_start_and_tells_how_many_there_should_be(metrics: ServiceMetrics) -> None:
    metrics.set_configured(4)
    metrics.set_configured(3)
    for _ in range(5):
        metrics.count_worker_start()
    assert (read(metrics, "workers_configured"), read(metrics, "worker_starts_total")) == ({(): 3}, {(): 5})
