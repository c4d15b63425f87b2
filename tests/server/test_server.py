"""The real server: how it starts, what it survives, how it ends."""

from __future__ import annotations

import os
import re
import shutil
import signal
from pathlib import Path

import pytest
import requests

from tests.support.depth import repeats
from tests.support.running_server import RunningServer, run_server, start_server, wait_until
from training.dataset import Dataset


def last_message(server: RunningServer) -> str:
    """Return the last thing that the server logged about its own end."""
    lines = [line for line in server.read_log().splitlines() if '"level":"critical"' in line]
    assert len(lines) == 1, server.read_log()
    return lines[0]


def test_answers_with_the_model_once_it_is_ready(server: RunningServer, example_dataset: Dataset) -> None:
    answer = requests.post(f"{server.url}/predict", json={"features": example_dataset.X[0].tolist()}, timeout=10)
    assert answer.json()["probabilities"] == {"class_0": 0.999669, "class_1": 0.000331}


def test_its_processes_can_be_told_apart(server: RunningServer) -> None:
    processes = [server.process.pid, *server.list_workers()]
    titles = [Path(f"/proc/{process}/cmdline").read_text().strip("\0") for process in processes]
    service = f"[ml-service 127.0.0.1:{server.port}]"
    assert titles == [f"gunicorn: master {service}", *[f"gunicorn: worker {service}"] * 2]


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_status_0(example_artifact_dir: Path, tmp_path: Path, signal_number: int) -> None:
    with run_server(example_artifact_dir, tmp_path) as server:
        workers = server.list_workers()
        assert server.stop(signal_number) == 0
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


def test_ctrl_c_ends_it_at_once_however_often_it_is_tried(example_artifact_dir: Path, tmp_path: Path) -> None:
    for _ in range(repeats(2, 40)):
        with run_server(example_artifact_dir, tmp_path, WEB_CONCURRENCY="4") as server:
            assert server.interrupt() == 0
            assert "was sent SIGKILL" not in server.read_log()


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_it_listens_ends_it_with_status_0(
    example_artifact_dir: Path, tmp_path: Path, signal_number: int
) -> None:
    with start_server(example_artifact_dir, tmp_path) as server:
        wait_until(lambda: "Starting gunicorn" in server.read_log(), "the server verifies its artifact")
        server.process.send_signal(signal_number)
        assert server.process.wait(60) == 0
        assert "Traceback" not in server.read_log()


def test_a_port_that_is_taken_leaves_nothing_behind(
    server: RunningServer, example_artifact_dir: Path, tmp_path: Path
) -> None:
    with start_server(example_artifact_dir, tmp_path, PORT=str(server.port), TMPDIR=str(tmp_path)) as second:
        assert second.process.wait(60) != 0
        assert list(tmp_path.glob("ml-service-*")) == []


@pytest.mark.parametrize("value", ["", "x"])
def test_every_bad_variable_is_named_in_one_line(tmp_path: Path, value: str) -> None:
    with start_server(tmp_path, tmp_path, WEB_CONCURRENCY=value, THREADS="none") as second:
        assert second.process.wait(60) == 1
        (line,) = second.read_log().splitlines()
        assert ("WEB_CONCURRENCY must be" in line, "THREADS must be" in line) == (value == "x", True)


def test_a_request_in_flight_is_answered_after_sigterm(
    example_artifact_dir: Path, tmp_path: Path, example_dataset: Dataset
) -> None:
    body = b'{"features":' + str(example_dataset.X[0].tolist()).encode() + b"}"
    with run_server(example_artifact_dir, tmp_path, WEB_CONCURRENCY="1") as server, server.connect() as connection:
        head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "Handling signal: term" in server.read_log(), "SIGTERM is noticed")
        connection.sendall(body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        assert server.process.wait(60) == 0


def test_without_an_artifact_it_ends_and_says_what_to_type(tmp_path: Path) -> None:
    with start_server(tmp_path / "nothing", tmp_path) as server:
        assert server.process.wait(60) != 0
        assert "There is no current version in" in last_message(server)
        assert "make train" in last_message(server)


def test_with_an_unknown_version_it_ends_and_names_those_there_are(example_artifact_dir: Path, tmp_path: Path) -> None:
    with start_server(example_artifact_dir, tmp_path, MODEL_VERSION="typo") as server:
        assert server.process.wait(60) != 0
        assert "There is no version typo in" in last_message(server)
        assert "Published there: example." in last_message(server)


def test_a_killed_worker_is_replaced_by_one_with_the_same_model_whatever_became_of_the_disk(
    example_artifact_dir: Path, tmp_path: Path
) -> None:
    artifact_dir = tmp_path / "artifacts"
    shutil.copytree(example_artifact_dir, artifact_dir, symlinks=True)
    with run_server(artifact_dir, tmp_path, WEB_CONCURRENCY="1") as server:
        shutil.rmtree(artifact_dir)
        (before,) = server.list_workers()
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: server.list_workers() not in ([before], []), "a new worker")
        answer = requests.get(f"{server.url}/ready", timeout=60)
    assert (answer.status_code, answer.headers["X-Model-Version"]) == (200, "example")


def test_metrics_add_up_all_workers_and_outlive_each_of_them(example_artifact_dir: Path, tmp_path: Path) -> None:
    with run_server(example_artifact_dir, tmp_path) as server:
        for _ in range(20):
            requests.get(f"{server.url}/health", timeout=60)
        before = server.list_workers()
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: len(set(server.list_workers()) - set(before)) == 2, "new workers")
        text = requests.get(f"{server.url}/metrics", timeout=60).text
    count = re.search(r'^http_requests_total\{.*route="/health".*\} (\S+)$', text, re.MULTILINE)
    assert count is not None and float(count[1]) == 20


def test_counts_in_no_file(example_artifact_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    with run_server(example_artifact_dir, tmp_path, TMPDIR=str(folder), PROMETHEUS_MULTIPROC_DIR=str(folder)) as server:
        assert "http_requests_total" in requests.get(f"{server.url}/metrics", timeout=60).text
        assert list(folder.iterdir()) == []
