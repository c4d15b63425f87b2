from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from app.metrics import Metrics
from tests.running_server import ROOT

Samples = dict[tuple[str, str, str], float]

_COUNT_AND_RENDER = """
import json, sys
from app.metrics import Metrics, count_in_slot

metrics = Metrics()
count_in_slot(sys.argv[1])
for request in json.loads(sys.argv[2]):
    metrics.observe(*request)
print(metrics.render().decode())
"""


@pytest.fixture(autouse=True)
def _counts_are_kept_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)


def read_counts(text: str) -> Samples:
    """Return the number of requests by route, method and status."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {
        (sample.labels["route"], sample.labels["method"], sample.labels["status"]): sample.value
        for sample in samples
        if sample.name == "http_requests_total"
    }


def count_in_new_process(folder: Path, slot: str, *requests: tuple[str, str, int, float]) -> str:
    """Count `requests` in a process of their own, as a worker would, and return what it renders."""
    return subprocess.run(
        [sys.executable, "-c", _COUNT_AND_RENDER, slot, json.dumps(requests)],
        cwd=ROOT,
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def test_counts_requests_by_route_method_and_status() -> None:
    metrics = Metrics()
    for status in (200, 200, 422):
        metrics.observe("/predict", "POST", status, 0.001)
    counts = read_counts(metrics.render().decode())
    assert counts == {("/predict", "POST", "200"): 2, ("/predict", "POST", "422"): 1}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_counts_a_known_method_under_its_name(method: str) -> None:
    metrics = Metrics()
    metrics.observe("/predict", method, 200, 0.001)
    assert list(read_counts(metrics.render().decode())) == [("/predict", method, "200")]


def test_counts_methods_that_clients_make_up_as_one() -> None:
    metrics = Metrics()
    for method in ("BREW", "get", "PUT", "x" * 1000):
        metrics.observe("none", method, 405, 0.001)
    assert read_counts(metrics.render().decode()) == {("none", "other", "405"): 4}


@pytest.mark.parametrize(
    ("duration_seconds", "bucket"), [(0.0004, "0.0005"), (0.0007, "0.001"), (0.02, "0.025"), (2.4, "2.5"), (9, "+Inf")]
)
def test_sorts_durations_into_buckets_of_milliseconds(duration_seconds: float, bucket: str) -> None:
    metrics = Metrics()
    metrics.observe("/predict", "POST", 200, duration_seconds)
    lines = metrics.render().decode().splitlines()
    buckets = [
        line for line in lines if line.startswith("http_request_duration_seconds_bucket") and line.endswith(" 1.0")
    ]
    assert buckets[0] == f'http_request_duration_seconds_bucket{{le="{bucket}",route="/predict"}} 1.0'


def test_an_app_counts_its_requests_by_route_and_unknown_paths_as_one(unloaded_app: Flask) -> None:
    client = unloaded_app.test_client()
    for path in ("/health", "/a", "/b"):
        client.get(path)
    client.open("/predict", method="BREW")
    assert read_counts(client.get("/metrics").text) == {
        ("/health", "GET", "200"): 1,
        ("none", "GET", "404"): 2,
        ("none", "other", "405"): 1,
    }


def test_two_apps_count_apart(unloaded_app: Flask) -> None:
    assert read_counts(unloaded_app.test_client().get("/metrics").text) == {}


def test_counts_of_two_workers_add_up(tmp_path: Path) -> None:
    count_in_new_process(tmp_path, "0", ("/predict", "POST", 200, 0.001), ("/predict", "POST", 200, 0.001))
    text = count_in_new_process(tmp_path, "1", ("/predict", "POST", 200, 0.001), ("/health", "GET", 200, 0.001))
    assert read_counts(text) == {("/predict", "POST", "200"): 3, ("/health", "GET", "200"): 1}
    assert 'http_request_duration_seconds_count{route="/predict"} 3.0' in text


def test_each_slot_has_files_of_its_own(tmp_path: Path) -> None:
    for slot in ("0", "1"):
        count_in_new_process(tmp_path, slot, ("/predict", "POST", 200, 0.001))
    assert sorted(path.name for path in tmp_path.glob("counter_*")) == ["counter_0.db", "counter_1.db"]


def test_a_new_worker_counts_on_where_the_one_before_it_in_its_slot_ended(tmp_path: Path) -> None:
    for _ in range(3):
        text = count_in_new_process(tmp_path, "0", ("/predict", "POST", 200, 0.001))
    assert read_counts(text) == {("/predict", "POST", "200"): 3}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["counter_0.db", "histogram_0.db"]
