from __future__ import annotations

import pytest
from prometheus_client.core import CounterMetricFamily, Metric

from app.metrics.exposition import ServiceMetrics, render
from tests.support.forked import run_in_child
from tests.support.metric_samples import read_samples
from tests.unit.metrics.conftest import WORKER


def build_counter(name: str, version: str, value: float) -> Metric:
    family = CounterMetricFamily(name, f"Of {name}.", labels=("version",))
    family.add_metric((version,), value)
    return family


def test_adds_up_what_all_processes_have_counted(metrics: ServiceMetrics) -> None:
    def serve() -> None:
        metrics.use_row(WORKER)
        metrics.requests.count("/health", "GET", 200)

    run_in_child(serve)
    metrics.requests.count("/health", "GET", 200)
    text = render(metrics.collect()).decode()
    assert read_samples(text, "http_requests_total")[("GET", "/health", "200")] == 2


@pytest.mark.parametrize(("n_enqueued", "n_unaccepted"), [(0, 3), (1, 3), (1, 0)])
def test_connections_that_wait_to_be_accepted_wait_too(
    metrics: ServiceMetrics, n_enqueued: int, n_unaccepted: int
) -> None:
    for _ in range(n_enqueued):
        metrics.requests.enqueue()
    text = render(metrics.collect(n_unaccepted)).decode()
    assert read_samples(text, "http_requests_waiting") == {(): n_enqueued + n_unaccepted}


def test_a_metric_of_several_places_is_rendered_once_with_all_samples() -> None:
    collected = [build_counter("c", "a", 1), build_counter("d", "a", 2), build_counter("c", "b", 3)]
    assert render(collected).decode().splitlines() == [
        "# HELP c_total Of c.",
        "# TYPE c_total counter",
        'c_total{version="a"} 1.0',
        'c_total{version="b"} 3.0',
        "# HELP d_total Of d.",
        "# TYPE d_total counter",
        'd_total{version="a"} 2.0',
    ]
