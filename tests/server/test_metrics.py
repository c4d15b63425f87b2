"""/metrics of the real server: what its workers count together, whatever becomes of each."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.artifacts import Artifact, lock_artifacts, make_current
from app.publishing.store import publish
from app.server.control import reload_server
from tests.support.broken_artifacts import build_files
from tests.support.depth import repeats
from tests.support.load import Load, load_on
from tests.support.metric_samples import read_samples
from tests.support.published_models import load_iris_dataset, publish_second_and_first
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, find_free_port, run_server, wait_until

N_DISTURBANCES = repeats(3, 30)
N_DEATHS = repeats(5, 100)
N_WORKERS = 4
N_THREADS = 2
INSTANCE = load_iris_dataset().X[0].tolist()
ANSWERED = ("POST", "/predict", "200")
IN_A_WORKER = "import os\nif 'worker' in open('/proc/self/cmdline').read()"

Samples = dict[tuple[str, ...], float]


@pytest.fixture
def artifact_dir(tmp_path: Path) -> Path:
    """Return a folder with two versions that answer differently: `second`, and `first`, which is current."""
    publish_second_and_first(tmp_path / "artifacts")
    return tmp_path / "artifacts"


@pytest.fixture
def server(artifact_dir: Path, tmp_path: Path) -> Iterator[RunningServer]:
    """Run a server of four workers that serve `first`."""
    with run_server(artifact_dir, tmp_path, WEB_CONCURRENCY=str(N_WORKERS), THREADS=str(N_THREADS)) as running:
        wait_until(lambda: read(running, "workers_ready") == {(): N_WORKERS}, "all workers are ready")
        yield running


def read(server: RunningServer, name: str) -> Samples:
    """Return the samples `name` by the values of their labels."""
    return read_samples(requests.get(f"{server.url}/metrics", timeout=DEADLINE_SECONDS).text, name)


def reload(server: RunningServer, artifact_dir: Path, version: str) -> str | None:
    """Make `version` the current one, have it served, and return why not, if it was refused."""
    with lock_artifacts(artifact_dir):
        make_current(artifact_dir, version)
    return reload_server(f"127.0.0.1:{server.port}", DEADLINE_SECONDS).refusal


def kill_a_worker(server: RunningServer) -> None:
    """Kill a worker that is not about to leave, and return once another has taken its place."""
    wait_until(lambda: len(server.list_workers()) == N_WORKERS, "the old workers have left")
    oldest = server.list_workers()[0]
    os.kill(oldest, signal.SIGKILL)
    wait_until(lambda: oldest not in server.list_workers(), "the worker is gone")
    wait_until(lambda: len(server.list_workers()) == N_WORKERS, "a worker that replaces it")
    wait_until(lambda: read(server, "workers_ready") == {(): N_WORKERS}, "all workers are ready")


def has_counted(server: RunningServer, load: Load) -> bool:
    """Return whether all answers are counted, and besides them at most the requests that were not answered."""
    n_answered = sum(load.answers.values())
    return 0 <= read(server, "http_requests_total")[ANSWERED] - n_answered <= len(load.failures)


def test_counts_every_answer_over_deaths_and_reloads(server: RunningServer, artifact_dir: Path) -> None:
    counts = []
    with load_on(server.port, INSTANCE) as load:
        for number in range(N_DISTURBANCES):
            assert reload(server, artifact_dir, ("second", "first")[number % 2]) is None
            kill_a_worker(server)
            counts.append(read(server, "http_requests_total")[ANSWERED])
    assert counts == sorted(counts)
    assert has_counted(server, load)
    predictions = read(server, "model_predictions_total")
    assert {version for _, version in predictions} == {"first", "second"}
    n_answered = sum(load.answers.values())
    assert 0 <= sum(predictions.values()) - n_answered <= len(load.failures)
    assert read(server, "model_reloads_total") == {("accepted",): N_DISTURBANCES, ("refused",): 0}
    n_retired = N_DISTURBANCES * N_WORKERS
    assert {cause: n for cause, n in read(server, "worker_ends_total").items() if n} == {
        ("crashed",): N_DISTURBANCES,
        ("retired",): n_retired,
    }


def test_counts_every_death_and_takes_no_more_rows_for_it(server: RunningServer) -> None:
    for _ in range(N_DEATHS):
        kill_a_worker(server)
    wait_until(lambda: len(read(server, "worker_resident_memory_bytes")) == N_WORKERS, "all workers have reported")
    places = {(str(number),) for number in range(N_WORKERS)}
    assert set(read(server, "worker_cpu_seconds_total")) == places
    assert read(server, "worker_starts_total") == {(): N_WORKERS + N_DEATHS}
    assert sum(read(server, "worker_ends_total").values()) == N_DEATHS
    assert read(server, "worker_threads") == {(): N_WORKERS * N_THREADS}


def test_a_worker_takes_the_lowest_row_that_is_free(server: RunningServer, artifact_dir: Path) -> None:
    for number in range(N_DISTURBANCES):
        assert reload(server, artifact_dir, ("second", "first")[number % 2]) is None
        wait_until(lambda: len(server.list_workers()) == N_WORKERS, "the old workers have left")
    rows = {int(place) for (place,) in read(server, "worker_cpu_seconds_total")}
    assert rows <= set(range(2 * N_WORKERS))


def test_what_is_in_flight_goes_with_the_worker_that_is_at_it(server: RunningServer) -> None:
    with load_on(server.port, INSTANCE):
        # The one that asks for the metrics is in flight as well.
        wait_until(lambda: read(server, "http_requests_in_flight")[()] > 1, "requests are in flight")
        for worker in server.list_workers():
            os.kill(worker, signal.SIGKILL)
    wait_until(lambda: read(server, "workers_ready") == {(): N_WORKERS}, "new workers")
    wait_until(lambda: read(server, "http_requests_in_flight") == {(): 1}, "only the one that asks")


def test_the_gauges_come_to_rest_after_a_burst(server: RunningServer) -> None:
    with load_on(server.port, INSTANCE):
        wait_until(lambda: read(server, "http_requests_in_flight")[()] > 1, "requests are in flight")
    wait_until(lambda: read(server, "http_requests_in_flight") == {(): 1}, "only the one that asks")
    assert read(server, "http_requests_waiting") == {(): 0}


def test_versions_that_are_tried_in_vain_leave_the_counts_of_the_one_that_is_served(
    server: RunningServer, artifact_dir: Path, iris_artifact: Artifact
) -> None:
    requests.post(f"{server.url}/predict", json={"features": INSTANCE}, timeout=DEADLINE_SECONDS)
    for number in range(9):
        version = f"trap{number}"
        publish(artifact_dir, version, build_files(iris_artifact, version, f"{IN_A_WORKER}: raise MemoryError"))
        assert reload(server, artifact_dir, version) is not None
    predictions = read(server, "model_predictions_total")
    assert sum(count for (_, version), count in predictions.items() if version == "first") == 1
    assert read(server, "model_last_reload_refused") == {(): 1}


def test_a_port_for_the_metrics_keeps_them_from_the_public_one(artifact_dir: Path, tmp_path: Path) -> None:
    port = find_free_port()
    with run_server(artifact_dir, tmp_path, METRICS_PORT=str(port)) as server:
        private = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=DEADLINE_SECONDS)
        public = requests.get(f"{server.url}/metrics", headers={"Host": f"x:{port}"}, timeout=DEADLINE_SECONDS)
    assert (private.status_code, public.status_code) == (200, 404)
    assert read_samples(private.text, "workers_configured") == {(): 2}
