from __future__ import annotations

from itertools import product

import pytest

from app.columns.faults import FaultKind
from app.metrics.exposition import ServiceMetrics
from app.metrics.requests import RequestMetrics
from tests.unit.metrics.conftest import Reader


@pytest.fixture
def counted(metrics: ServiceMetrics) -> RequestMetrics:
    """Return what counts requests."""
    return metrics.requests


def test_counts_a_request_with_all_that_is_known_of_it(counted: RequestMetrics, read: Reader) -> None:
    counted.count("/predict", "POST", 422, 0.02, 300, 7, [FaultKind.MISSING, FaultKind.UNKNOWN])
    assert read("http_requests_total") == {("/predict", "POST", "422"): 1}
    assert read("http_request_duration_seconds_sum") == {("/predict",): 0.02}
    assert read("http_request_body_size_bytes_sum") == {(): 300}
    assert read("model_request_instances_sum") == {(): 7}
    assert read("http_request_faults_total") == {("missing",): 1, ("unknown",): 1}


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
    counted: RequestMetrics, read: Reader, route: str, method: str, status: int, labels: tuple[str, ...]
) -> None:
    counted.count(route, method, status, 0.001)
    assert read("http_requests_total") == {labels: 1}
    assert read("http_request_duration_seconds_count") == {labels[:1]: 1}


def test_what_is_made_up_adds_no_series(counted: RequestMetrics, read: Reader) -> None:
    for number, kind in product(range(50), ["route", "method"]):
        counted.count(f"/{number}", f"{kind}{number}", 600 + number)
    assert read("http_requests_total") == {("none", "other", "other"): 100}


def test_a_request_waits_then_is_in_flight_then_is_neither(counted: RequestMetrics, read: Reader) -> None:
    def read_gauges() -> tuple[float, float]:
        names = ("http_requests_waiting", "http_requests_in_flight")
        waiting, in_flight = (read(name).get((), 0) for name in names)
        return waiting, in_flight

    gauges = [read_gauges()]
    for step in (counted.enqueue, counted.dequeue, counted.begin, counted.end):
        step()
        gauges.append(read_gauges())
    assert gauges == [(0, 0), (1, 0), (0, 0), (0, 1), (0, 0)]


def test_only_a_wait_that_is_known_is_counted(counted: RequestMetrics, read: Reader) -> None:
    counted.count("/health", "GET", 200, queue_seconds=0.5)
    counted.count("/health", "GET", 200)
    assert read("http_request_queue_duration_seconds_sum") == {(): 0.5}
    assert read("http_request_queue_duration_seconds_count") == {(): 1}
