"""Connections are shared among the workers: those that stay, and those that come and go."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.support.raw_http import read_answer
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server, wait_until

N_CLIENTS = 40
KEPT = b"GET /model HTTP/1.1\r\nHost: x\r\nX-Request-ID: counted\r\n\r\n"
CLOSED = KEPT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


@pytest.fixture
def fresh_server(example_artifact_dir: Path, tmp_path: Path) -> Iterator[RunningServer]:
    """Run a server with two workers, both of which serve."""
    with run_server(example_artifact_dir, tmp_path, WEB_CONCURRENCY="2") as running:
        metrics = f"{running.url}/metrics"
        wait_until(lambda: "workers_ready 2.0" in requests.get(metrics, timeout=DEADLINE_SECONDS).text, "both workers")
        yield running


def count_answers(server: RunningServer) -> Counter[int]:
    """Return how many of the counted requests each worker has answered, once all have left their lines."""

    def list_workers() -> list[int]:
        lines = [json.loads(line) for line in server.read_log().splitlines()]
        return [line["pid"] for line in lines if line.get("request_id") == "counted"]

    wait_until(lambda: len(list_workers()) == N_CLIENTS, "a line for each")
    return Counter(list_workers())


def test_no_worker_has_much_more_than_half_of_the_clients_that_stay(fresh_server: RunningServer) -> None:
    with ExitStack() as stack:
        for _ in range(N_CLIENTS):
            connection = stack.enter_context(fresh_server.connect())
            connection.sendall(KEPT)
            assert read_answer(connection).status == 200
        assert max(count_answers(fresh_server).values()) <= 0.6 * N_CLIENTS


def test_no_worker_has_much_more_than_half_of_the_clients_that_come_and_go(fresh_server: RunningServer) -> None:
    for _ in range(N_CLIENTS):
        with fresh_server.connect() as connection:
            connection.sendall(CLOSED)
            assert read_answer(connection).status == 200
    assert max(count_answers(fresh_server).values()) <= 0.6 * N_CLIENTS
