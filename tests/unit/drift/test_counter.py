from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from app.artifacts import Artifact
from app.drift.counter import ModelCounter
from app.drift.monitor import Monitor
from tests.support.metric_samples import read_samples
from tests.unit.conftest import Clock

N_THREADS = 8
N_REQUESTS = 100


class YieldingCells(np.ndarray[Any, np.dtype[np.float64]]):
    """Cells that let another thread run between the reading of one and its writing."""

    def __getitem__(self, position: Any) -> Any:
        value = super().__getitem__(position)
        time.sleep(0)
        return value


@pytest.fixture
def iris_counter(clock: Clock, monitor: Monitor, iris_artifact: Artifact) -> ModelCounter:
    """Return what counts the answers of a model of 4 features and 3 classes."""
    return monitor.watch(iris_artifact.metadata)


def observe(counter: ModelCounter, labels: list[int], top: list[float], duration_seconds: float = 0.002) -> None:
    """Count a request with these answers; the instances are out of the range of all features."""
    parts = np.array(labels)[:, np.newaxis]
    counter.observe(np.full((len(labels), 4), 1e6), parts, np.array(top), duration_seconds)


def read(monitor: Monitor, name: str) -> dict[tuple[str, ...], float]:
    return read_samples(monitor.render("iris").decode(), name)


def test_counts_answers_by_class(monitor: Monitor, iris_counter: ModelCounter) -> None:
    observe(iris_counter, [0, 2, 2], [0.9, 0.9, 0.9])
    observe(iris_counter, [2], [0.9])
    assert read(monitor, "model_predictions_total") == {("0", "iris"): 1, ("1", "iris"): 0, ("2", "iris"): 3}


def test_counts_values_out_of_range_below_and_above(
    monitor: Monitor, iris_counter: ModelCounter, iris_artifact: Artifact
) -> None:
    ranges = iris_artifact.metadata.feature_ranges.values()
    inside = [limits["max"] for limits in ranges]
    instances = np.array([inside, inside, inside])
    instances[0, 1] = np.nextafter(instances[0, 1], np.inf)
    instances[1, 1] = -1e6
    instances[2, 3] = 1e6
    iris_counter.observe(instances, np.zeros((3, 1), np.intp), np.full(3, 1 / 3), 0.001)
    counts = read(monitor, "model_feature_out_of_range_values_total")
    names = iris_artifact.metadata.feature_names
    assert counts == dict(zip([(name, "iris") for name in names], [0, 2, 0, 1], strict=True))


def test_counts_instances_alone_as_in_a_batch(clock: Clock, iris_artifact: Artifact) -> None:
    """In each bin of each feature, below and above the range too, and in each class."""
    edges = iris_artifact.metadata.parse_distributions().features.edges  # type: ignore[union-attr]
    instances = np.vstack([edges.T, edges.max(axis=1) + 1])
    parts = np.arange(len(instances))[:, np.newaxis] % 3
    confidence = np.full(len(instances), 0.25)
    rows = []
    for sizes in ([len(instances)], [1] * len(instances)):
        monitor = Monitor(["/predict"], 1, 3600.0)
        counter = monitor.watch(iris_artifact.metadata)
        start = 0
        for size in sizes:
            part = slice(start, start + size)
            counter.observe(instances[part], parts[part], confidence[part], 0.0)
            start += size
        rows.append(monitor._versions[0])
    window = rows[0].cells.window
    in_batch, alone = (counts.rows.read()[0, window.start :].tolist() for counts in rows)
    assert (in_batch == alone, sum(in_batch) > 0) == (True, True)


def test_probabilities_fall_into_the_buckets_of_prometheus(monitor: Monitor, iris_counter: ModelCounter) -> None:
    top = [0.4, 0.5, np.nextafter(0.5, 1), 0.95, 0.97, 1.0]
    observe(iris_counter, [0] * len(top), [float(value) for value in top])
    buckets = read(monitor, "model_top_probability_bucket")
    bounds = ["0.5", "0.6", "0.7", "0.8", "0.9", "0.95", "0.99", "1", "+Inf"]
    assert [buckets[(bound, "iris")] for bound in bounds] == [2, 3, 3, 3, 3, 4, 5, 6, 6]
    assert read(monitor, "model_top_probability_sum")[("iris",)] == pytest.approx(sum(top))


def test_counts_a_duration_for_each_request(monitor: Monitor, iris_counter: ModelCounter) -> None:
    observe(iris_counter, [0, 1, 2], [0.9] * 3, duration_seconds=0.25)
    buckets = read(monitor, "model_inference_duration_seconds_bucket")
    assert (buckets[("0.1", "iris")], buckets[("0.25", "iris")]) == (0, 1)
    assert read(monitor, "model_inference_duration_seconds_sum") == {("iris",): 0.25}


def test_loses_no_answer_of_many_threads(
    monitor: Monitor, iris_counter: ModelCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask() -> None:
        for _ in range(N_REQUESTS):
            observe(iris_counter, [0, 1], [0.9, 0.8])

    monkeypatch.setattr(iris_counter, "_cells", iris_counter._cells.view(YieldingCells))
    with ThreadPoolExecutor(N_THREADS) as threads:
        for started in [threads.submit(ask) for _ in range(N_THREADS)]:
            started.result()
    total = N_THREADS * N_REQUESTS
    assert read(monitor, "model_inference_duration_seconds_count") == {("iris",): total}
    assert read(monitor, "model_predictions_total") == {("0", "iris"): total, ("1", "iris"): total, ("2", "iris"): 0}
    assert set(read(monitor, "model_feature_out_of_range_values_total").values()) == {2 * total}
    assert read(monitor, "model_drift_window_instances") == {(): 2 * total}
