from __future__ import annotations

import pytest

from app.metrics.exposition import ServiceMetrics
from app.metrics.workers import WorkerMetrics
from tests.support.forked import run_in_child
from tests.unit.metrics.conftest import WORKER, Reader


@pytest.fixture
def workers(metrics: ServiceMetrics) -> WorkerMetrics:
    """Return what counts workers."""
    return metrics.workers


def test_the_end_of_a_worker_clears_its_gauges_and_keeps_what_it_counted(
    metrics: ServiceMetrics, workers: WorkerMetrics, read: Reader
) -> None:
    def serve_and_die() -> None:
        metrics.use_row(WORKER)
        workers.set_ready(4)
        workers.set_usage(1000.0, 2.5)
        metrics.requests.count("/health", "GET", 200)
        metrics.requests.enqueue()
        metrics.requests.begin()

    run_in_child(serve_and_die)
    gauges = ("workers_ready", "worker_threads", "http_requests_in_flight", "http_requests_waiting")
    before = [read(name).get((), 0) for name in gauges]
    workers.count_end(WORKER, "crashed")
    after = [read(name).get((), 0) for name in gauges]
    assert (before, after) == ([1, 4, 1, 1], [0, 0, 0, 0])
    assert read("worker_ends_total") == {("crashed",): 1}
    assert read("http_requests_total") == {("/health", "GET", "200"): 1}
    assert (read("worker_resident_memory_bytes"), read("worker_cpu_seconds_total")) == ({}, {("0",): 2.5})


def test_the_end_of_a_worker_leaves_the_gauges_of_the_master(workers: WorkerMetrics, read: Reader) -> None:
    workers.set_configured(4)
    workers.count_reload(accepted=False)
    workers.count_end(WORKER, "retired")
    assert (read("workers_configured"), read("model_last_reload_refused")) == ({(): 4}, {(): 1})


def test_the_next_worker_counts_on_where_the_last_one_ended(
    metrics: ServiceMetrics, workers: WorkerMetrics, read: Reader
) -> None:
    def serve() -> None:
        metrics.use_row(WORKER)
        workers.set_usage(1000.0, 2.5)
        workers.set_usage(1000.0, 3.0)
        workers.set_dropped_lines(7)
        workers.set_kept_predictions(5, 2)
        metrics.requests.count("/health", "GET", 200)

    for _ in range(3):
        run_in_child(serve)
    assert read("worker_cpu_seconds_total") == {("0",): 9}
    assert read("log_lines_dropped_total") == {(): 21}
    assert read("prediction_log_records_total") == {("written",): 15, ("dropped",): 6}
    assert read("http_requests_total") == {("/health", "GET", "200"): 3}


def test_a_worker_whose_memory_is_not_known_has_none(
    metrics: ServiceMetrics, workers: WorkerMetrics, read: Reader
) -> None:
    metrics.use_row(WORKER)
    workers.set_usage(0, 1.0)
    assert read("worker_resident_memory_bytes") == {}


def test_the_last_reload_says_whether_it_was_refused(workers: WorkerMetrics, read: Reader) -> None:
    workers.count_reload(accepted=False)
    refused = read("model_last_reload_refused")
    workers.count_reload(accepted=True)
    assert (refused, read("model_last_reload_refused")) == ({(): 1}, {})
    assert read("model_reloads_total") == {("accepted",): 1, ("refused",): 1}


def test_counts_workers_that_start_and_shows_how_many_there_should_be(workers: WorkerMetrics, read: Reader) -> None:
    workers.set_configured(4)
    workers.set_configured(3)
    for _ in range(5):
        workers.count_start()
    assert (read("workers_configured"), read("worker_starts_total")) == ({(): 3}, {(): 5})
