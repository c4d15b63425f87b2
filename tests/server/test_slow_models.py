"""Models that take their time: passes run in threads, and rows of several requests share one if no bit changes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from tests.support.gated_model import GATED_VALUE, publish_gated_model
from tests.support.metric_samples import read_samples
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server, wait_until

N_CLIENTS = 12


@contextmanager
def closed(gate: Path) -> Iterator[None]:
    """Keep a gate closed for the `with` block."""
    gate.touch()
    try:
        yield
    finally:
        gate.unlink(missing_ok=True)


def predict(server: RunningServer, value: float) -> requests.Response:
    """Ask for one row."""
    return requests.post(f"{server.url}/predict", json={"features": [value, 0.1]}, timeout=DEADLINE_SECONDS)


def read_metric(server: RunningServer, name: str) -> float:
    """Return a metric of the server."""
    text = requests.get(f"{server.url}/metrics", timeout=DEADLINE_SECONDS).text
    return read_samples(text, name).get((), 0.0)


@contextmanager
def asking_during_a_pass(
    server: RunningServer, gate: Path, threads: ThreadPoolExecutor
) -> Iterator[list[Future[requests.Response]]]:
    """Have a pass wait at the gate, and others ask meanwhile, each for a row of its own; then open the gate."""
    with closed(gate):
        first = threads.submit(predict, server, GATED_VALUE)
        wait_until(lambda: read_metric(server, "http_requests_in_flight") > 1, "a pass at the gate")
        others = [threads.submit(predict, server, number / 100) for number in range(N_CLIENTS)]
        n_busy = N_CLIENTS + 2  # the one at the gate, and the one that asks for the metrics
        wait_until(
            lambda: (
                read_metric(server, "http_requests_in_flight") + read_metric(server, "http_requests_waiting") >= n_busy
            ),
            "all others wait",
        )
        yield others
    first.result()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gated")


@pytest.fixture(scope="module")
def published(folder: Path) -> tuple[Path, Path]:
    """Return where a slow model is published, and its gate."""
    return publish_gated_model(folder)


def ask(published: tuple[Path, Path], folder: Path, **variables: str) -> tuple[list[float], float]:
    """Return what is answered to those who ask during a pass, and in how many passes all have been answered."""
    artifact_dir, gate = published
    with run_server(artifact_dir, folder, WEB_CONCURRENCY="1", **variables) as server:
        before = read_metric(server, "model_pass_instances_count")
        with ThreadPoolExecutor(N_CLIENTS + 1) as threads, asking_during_a_pass(server, gate, threads) as answers:
            pass
        values = [answer.result().json()["value"] for answer in answers]
        return values, read_metric(server, "model_pass_instances_count") - before


@pytest.fixture
def one_pass_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the server take the machine for one with a single core."""
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")


@pytest.mark.usefixtures("one_pass_at_a_time")
def test_all_that_wait_for_a_pass_share_the_next(published: tuple[Path, Path], folder: Path) -> None:
    values, n_passes = ask(published, folder)
    assert values == [number / 100 for number in range(N_CLIENTS)]
    assert n_passes == 2


def test_combine_0_gives_each_a_pass_of_its_own(published: tuple[Path, Path], folder: Path) -> None:
    values, n_passes = ask(published, folder, COMBINE="0", THREADS="1")
    assert values == [number / 100 for number in range(N_CLIENTS)]
    assert n_passes == N_CLIENTS + 1


@pytest.mark.usefixtures("one_pass_at_a_time")
def test_no_pass_is_shared_where_that_would_change_a_bit(tmp_path: Path) -> None:
    values, n_passes = ask(publish_gated_model(tmp_path, answers_depend_on_batch=True), tmp_path, THREADS="1")
    assert values == [number / 100 + 1e-12 for number in range(N_CLIENTS)]
    assert n_passes == N_CLIENTS + 1


def test_monitors_are_answered_while_all_threads_are_at_passes(published: tuple[Path, Path], folder: Path) -> None:
    artifact_dir, gate = published
    with run_server(artifact_dir, folder, WEB_CONCURRENCY="1", THREADS="2", COMBINE="0") as server:
        with ThreadPoolExecutor(8) as threads, closed(gate):
            asked = [threads.submit(predict, server, GATED_VALUE) for _ in range(8)]
            wait_until(lambda: read_metric(server, "http_requests_in_flight") == 3, "passes in both threads")
            for path in ("/health", "/ready", "/metrics"):
                answer = requests.get(server.url + path, timeout=DEADLINE_SECONDS)
                assert answer.status_code == 200
            assert not any(future.done() for future in asked)
            gate.unlink()
            assert [future.result().status_code for future in asked] == [200] * 8


def test_what_is_in_flight_goes_with_the_worker_that_is_at_it(published: tuple[Path, Path], folder: Path) -> None:
    artifact_dir, gate = published
    with run_server(artifact_dir, folder, WEB_CONCURRENCY="1") as server, ThreadPoolExecutor(1) as threads:
        with closed(gate):
            lost = threads.submit(predict, server, GATED_VALUE)
            wait_until(lambda: read_metric(server, "http_requests_in_flight") == 2, "a pass at the gate")
            (worker,) = server.list_workers()
            kill(worker)
            with suppress(requests.ConnectionError):
                lost.result()
            wait_until(lambda: is_served_by_another(server, worker), "a new worker")
            assert read_metric(server, "http_requests_in_flight") == 1


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)


def is_served_by_another(server: RunningServer, worker: int) -> bool:
    """Return whether the server answers, by another worker than this one."""
    with suppress(requests.ConnectionError):
        return worker not in server.list_workers() and requests.get(f"{server.url}/ready", timeout=60).ok
    return False
