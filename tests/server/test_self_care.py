"""A worker that hangs, that is stopped, that has no file descriptor left, or that is to end while clients wait."""

from __future__ import annotations

import json
import os
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from app.artifacts import Artifact
from app.publishing.store import publish
from tests.support.broken_artifacts import build_files
from tests.support.gated_model import GATED_VALUE, publish_gated_model
from tests.support.raw_http import post, read_answer
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server, wait_until

GET = b"GET /model HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
N_CLIENTS = 30
N_FILES = 120


@pytest.fixture
def artifact_dir(tmp_path: Path, iris_artifact: Artifact) -> Path:
    """Return a folder where one version is published."""
    publish(tmp_path / "artifacts", "good", build_files(iris_artifact, "good"))
    return tmp_path / "artifacts"


def read_metrics(server: RunningServer) -> str:
    return requests.get(f"{server.url}/metrics", timeout=DEADLINE_SECONDS).text


def connect_all(server: RunningServer, stack: ExitStack, n_clients: int, request: bytes = b"") -> list[socket.socket]:
    """Return connections to the server on which `request` has been sent."""
    connections = [stack.enter_context(server.connect()) for _ in range(n_clients)]
    for connection in connections:
        connection.sendall(request)
    return connections


def test_a_worker_that_hangs_is_replaced_and_its_stacks_are_logged(tmp_path: Path) -> None:
    # Its trial finds the model quick, so it is asked in the loop, which then waits at the gate.
    artifact_dir, gate = publish_gated_model(tmp_path, pass_seconds=0.0)
    with run_server(artifact_dir, tmp_path, WEB_CONCURRENCY="1", WORKER_TIMEOUT_SECONDS="2") as server:
        (before,) = server.list_workers()
        gate.touch()
        with server.connect() as connection:
            connection.sendall(post("/predict", json.dumps({"features": [GATED_VALUE, 0]}).encode()))
            wait_until(lambda: before not in server.list_workers(), "the worker is gone")
        gate.unlink()
        wait_until(lambda: bool(server.list_workers()), "another worker")
        assert requests.get(f"{server.url}/ready", timeout=DEADLINE_SECONDS).status_code == 200
        lines = [json.loads(line) for line in server.read_log().splitlines()]
        (stacks,) = [line["message"] for line in lines if "the threads of worker" in line["message"]]
        assert f"worker {before}" in stacks
        assert "in wait_at_gate" in stacks


def test_a_worker_that_is_stopped_takes_no_new_connections_with_it_and_is_replaced(
    artifact_dir: Path, tmp_path: Path
) -> None:
    with run_server(artifact_dir, tmp_path, WORKER_TIMEOUT_SECONDS="3") as server:
        wait_until(lambda: "workers_ready 2.0" in read_metrics(server), "both workers")
        stopped = server.list_workers()[0]
        os.kill(stopped, signal.SIGSTOP)
        try:
            with ExitStack() as stack:
                for connection in connect_all(server, stack, N_CLIENTS, GET):
                    assert read_answer(connection).status == 200
            wait_until(lambda: stopped not in server.list_workers(), server.read_log)
        finally:
            if stopped in server.list_workers():
                os.kill(stopped, signal.SIGCONT)
        wait_until(lambda: len(server.list_workers()) == 2, server.read_log)


def test_idle_connections_make_room_where_there_are_no_more_files(artifact_dir: Path, tmp_path: Path) -> None:
    launcher = ["prlimit", f"--nofile={N_FILES}:{N_FILES}"]
    with run_server(artifact_dir, tmp_path, launcher, WEB_CONCURRENCY="1", KEEPALIVE_SECONDS="600") as server:
        workers = server.list_workers()
        with ExitStack() as stack:
            idle = connect_all(server, stack, 2 * N_FILES)
            (asking,) = connect_all(server, stack, 1, GET)
            assert read_answer(asking).status == 200
            assert idle[0].recv(1) == b""  # the first went first
        assert server.list_workers() == workers


def test_all_that_wait_to_be_accepted_are_answered_before_the_server_ends(artifact_dir: Path, tmp_path: Path) -> None:
    with run_server(artifact_dir, tmp_path) as server, ExitStack() as stack:
        workers = server.list_workers()
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        waiting = connect_all(server, stack, N_CLIENTS, GET)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "Handling signal: term" in server.read_log(), "the master ends")
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        assert [read_answer(connection).status for connection in waiting] == [200] * N_CLIENTS
        assert server.process.wait(DEADLINE_SECONDS) == 0
