from __future__ import annotations

import mmap
import resource
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from app.artifacts import Artifact, Metadata
from app.drift.monitor import MAX_VERSIONS, Monitor
from tests.support.forked import forked, run_in_child
from tests.support.metric_samples import read_samples

N_PROCESSES = 4
N_REQUESTS = 300

Samples = dict[tuple[str, ...], float]


@pytest.fixture
def metadata(iris_artifact: Artifact) -> Metadata:
    """Return what a version of 4 features and 3 classes says of itself."""
    return iris_artifact.metadata


def name(metadata: Metadata, version: str) -> Metadata:
    return replace(metadata, version=version)


def ask(monitor: Monitor, row: int, metadata: Metadata, n_requests: int = 1) -> None:
    """Do as a worker does in `row`: count requests of one instance each."""
    monitor.use_row(row)
    counter = monitor.watch(metadata)
    for _ in range(n_requests):
        monitor.requests.count("/predict", "POST", 200, 0.001, 10, 1)
        counter.observe(np.zeros((1, 4)), np.array([[1]]), np.array([0.8]), 0.001)


def read_answers(monitor: Monitor, version: str = "none") -> dict[str, float]:
    """Return how many instances each version has answered."""
    samples = read_samples(monitor.render(version).decode(), "model_predictions_total")
    return {served: count for (label, served), count in samples.items() if label == "1"}


def count_mappings() -> int:
    """Return how many pieces of memory this process shares with its children."""
    return Path("/proc/self/maps").read_text().count("/dev/zero (deleted)")


def count_requests(monitor: Monitor) -> float:
    return read_samples(monitor.render(None).decode(), "http_requests_total")[("POST", "/predict", "200")]


def test_the_counts_of_all_processes_add_up_exactly(monitor: Monitor, metadata: Metadata) -> None:
    monitor.prepare(metadata)
    with ExitStack() as processes:
        workers = []
        for row in range(1, N_PROCESSES + 1):
            monitor.allow_row(row)
            serve = partial(ask, monitor, row, metadata, N_REQUESTS)
            workers.append(processes.enter_context(forked(serve)))
        with ThreadPoolExecutor() as threads:
            for started in [threads.submit(work) for work in workers]:
                started.result()
    assert (count_requests(monitor), read_answers(monitor)) == (1200, {"iris": 1200})


def test_each_worker_counts_in_a_row_of_its_own(monitor: Monitor, metadata: Metadata) -> None:
    monitor.prepare(metadata)
    for row in (1, 2):
        monitor.allow_row(row)
        run_in_child(partial(ask, monitor, row, metadata))
    (counts,) = monitor._versions
    assert [bool(row.any()) for row in counts.rows.read()] == [False, True, True]


def test_counters_never_fall_however_often_processes_are_replaced(monitor: Monitor, metadata: Metadata) -> None:
    monitor.prepare(metadata)
    monitor.allow_row(1)
    counts = []
    for _ in range(10):
        run_in_child(lambda: ask(monitor, 1, metadata, 3))
        counts.append((count_requests(monitor), read_answers(monitor)["iris"]))
    assert counts == [(3 * number, 3 * number) for number in range(1, 11)]


def test_counters_never_fall_when_versions_come_back(monitor: Monitor, metadata: Metadata) -> None:
    monitor.allow_row(1)
    for version in ["first", "second"] * 5:
        monitor.prepare(name(metadata, version))
        run_in_child(partial(ask, monitor, 1, name(metadata, version)))
    assert read_answers(monitor) == {"first": 5, "second": 5}


def test_no_counter_falls_whichever_worker_is_scraped_during_a_reload(monitor: Monitor, metadata: Metadata) -> None:
    """The old worker and the new one answer and are scraped in turn, then the old one leaves."""

    def serve(row: int, version: str) -> tuple[float, dict[str, float]]:
        ask(monitor, row, name(metadata, version))
        return count_requests(monitor), read_answers(monitor)

    for row in (1, 2):
        monitor.allow_row(row)
    monitor.prepare(name(metadata, "old"))
    scrapes = []
    with forked(lambda: serve(1, "old")) as serve_in_old_worker:
        scrapes.append(serve_in_old_worker())
        monitor.prepare(name(metadata, "new"))
        with forked(lambda: serve(2, "new")) as serve_in_new_worker:
            for serve_in_worker in (serve_in_new_worker, serve_in_old_worker) * 2:
                scrapes.append(serve_in_worker())
    scrapes.append((count_requests(monitor), read_answers(monitor)))
    assert scrapes == [
        (1, {"old": 1}),
        (2, {"old": 1, "new": 1}),
        (3, {"old": 2}),
        (4, {"old": 2, "new": 2}),
        (5, {"old": 3}),
        (5, {"old": 3, "new": 2}),
    ]


def test_a_worker_that_stays_after_a_refused_reload_leaves_out_what_was_tried(
    monitor: Monitor, metadata: Metadata
) -> None:
    monitor.allow_row(2)
    monitor.prepare(metadata)
    with forked(lambda: read_answers(monitor)) as read_in_worker_that_stays:
        monitor.prepare(name(metadata, "refused"))
        run_in_child(lambda: ask(monitor, 2, name(metadata, "refused")))
        monitor.prepare(metadata)
        in_worker_that_is_started_later = run_in_child(lambda: read_answers(monitor))
        assert read_in_worker_that_stays() == {"iris": 0}
    assert in_worker_that_is_started_later == {"iris": 0, "refused": 1}


def test_no_worker_shows_two_models_of_the_same_name(monitor: Monitor, metadata: Metadata) -> None:
    ask(monitor, 0, metadata)
    with forked(lambda: read_answers(monitor)) as read_in_old_worker:
        assert read_in_old_worker() == {"iris": 1}
        monitor.prepare(replace(metadata, created_at="2020-01-01T00:00:00+00:00"))
        assert read_in_old_worker() == {}
    assert read_answers(monitor) == {"iris": 0}


def test_a_worker_counts_in_a_version_that_its_master_prepared(monitor: Monitor, metadata: Metadata) -> None:
    monitor.prepare(metadata)
    with pytest.raises(LookupError, match="^There is no room for the counts of version other: none was prepared.$"):
        raise run_in_child(lambda: watch(monitor, name(metadata, "other")))


def watch(monitor: Monitor, metadata: Metadata) -> Exception | None:
    """Return how it fails to watch a version."""
    try:
        monitor.watch(metadata)
    except LookupError as error:
        return error
    return None


def test_keeps_the_counts_of_the_versions_that_were_served_last(monitor: Monitor, metadata: Metadata) -> None:
    versions = [f"v{number}" for number in range(MAX_VERSIONS + 2)]
    for version in versions:
        ask(monitor, 0, name(metadata, version))
        monitor.prepare(name(metadata, "v0"))
    assert list(read_answers(monitor)) == ["v0", *versions[3:]]


def test_memory_is_bounded_however_many_versions_are_served(monitor: Monitor, metadata: Metadata) -> None:
    used = []
    for number in range(4 * MAX_VERSIONS):
        ask(monitor, 0, name(metadata, f"v{number:02}"))
        read_answers(monitor)
        used.append(count_mappings())
    assert set(used[MAX_VERSIONS - 1 :]) == {used[MAX_VERSIONS - 1]}


def test_another_model_of_the_same_name_begins_at_zero(monitor: Monitor, metadata: Metadata) -> None:
    ask(monitor, 0, metadata)
    ask(monitor, 0, replace(metadata, created_at="2020-01-01T00:00:00+00:00"))
    assert read_answers(monitor) == {"iris": 1}
    assert monitor.render(None).count(b'model_predictions_total{label="1",version="iris"}') == 1


def test_a_worker_whose_version_was_dropped_works_on_and_harms_no_other(monitor: Monitor, metadata: Metadata) -> None:
    monitor.allow_row(1)
    monitor.prepare(metadata)

    def serve() -> object:
        counter.observe(np.zeros((1, 4)), np.array([[1]]), np.array([0.8]), 0.001)
        return (monitor.measure_drift("iris"), "iris" in read_answers(monitor, "iris"))

    counter = monitor.watch(metadata)
    with forked(serve) as serve_in_old_worker:
        assert serve_in_old_worker() != (None, False)
        for number in range(MAX_VERSIONS):
            monitor.prepare(name(metadata, f"v{number}"))
        assert serve_in_old_worker() == (None, False)
    assert read_answers(monitor) == {f"v{number}": 0 for number in range(MAX_VERSIONS)}


def test_knows_no_drift_of_a_version_that_it_does_not_know(monitor: Monitor) -> None:
    assert monitor.measure_drift("none") is None


def test_each_metric_is_rendered_once_with_the_samples_of_all_versions(monitor: Monitor, metadata: Metadata) -> None:
    for version in ("first", "second"):
        monitor.prepare(name(metadata, version))
    text = monitor.render("second").decode()
    helps = [line for line in text.splitlines() if line.startswith("# HELP")]
    assert len(helps) == len(set(helps))
    assert {version for _, version in read_samples(text, "model_predictions_total")} == {"first", "second"}


def test_shows_which_version_is_served(monitor: Monitor, metadata: Metadata) -> None:
    for version in ("first", "second"):
        monitor.prepare(name(metadata, version))
    (labels,) = read_samples(monitor.render("first").decode(), "model_info")
    assert labels[1:] == ("LogisticRegression", "classification", "first")


def test_counts_what_waits_to_be_accepted(monitor: Monitor) -> None:
    monitor.count_backlog = lambda: 3
    assert read_samples(monitor.render(None).decode(), "http_requests_waiting") == {(): 3}


def test_prepares_a_version_again_without_taking_memory_for_it(monitor: Monitor, metadata: Metadata) -> None:
    monitor.prepare(metadata)
    before = count_mappings()
    monitor.prepare(metadata)
    assert count_mappings() == before


def test_a_version_that_there_is_no_memory_for_is_refused_and_the_others_stay(
    monitor: Monitor, metadata: Metadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, length: int) -> None:
        raise OSError(12, "Cannot allocate memory")

    versions = [f"v{number}" for number in range(MAX_VERSIONS)]
    for version in versions:
        ask(monitor, 0, name(metadata, version))
    monkeypatch.setattr(mmap, "mmap", refuse)
    for version in ("next", "v3"):
        with pytest.raises(OSError, match="Cannot allocate memory"):
            monitor.prepare(replace(name(metadata, version), created_at="2020-01-01T00:00:00+00:00"))
    monkeypatch.undo()
    assert read_answers(monitor) == dict.fromkeys(versions, 1)
    monitor.prepare(name(metadata, "next"))
    assert read_answers(monitor) == {**dict.fromkeys(versions[1:], 1), "next": 0}


def test_counts_where_no_file_may_be_written(metadata: Metadata) -> None:
    def serve() -> dict[str, float]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        monitor = Monitor(["/predict"], 8, 3600.0)
        ask(monitor, 0, metadata)
        return read_answers(monitor)

    assert run_in_child(serve) == {"iris": 1}
