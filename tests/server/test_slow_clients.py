"""Clients that are slow, silent or never leave: the others are answered meanwhile."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.depth import IS_LONG
from tests.support.load import load_on
from tests.support.raw_http import post, read_answer, send
from tests.support.running_server import RunningServer, run_server, wait_until
from tests.support.slow_clients import slow_clients
from training.dataset import Dataset

N_CLIENTS = 20
N_SILENT, N_SLOW, N_ORDINARY = 1000, 200, 2000
HTTP_1_0 = b"GET /health HTTP/1.0\r\n\r\n"


@pytest.fixture
def small_server(example_artifact_dir: Path, tmp_path: Path) -> Iterator[RunningServer]:
    """Run a server with one worker of two threads."""
    with run_server(example_artifact_dir, tmp_path, WEB_CONCURRENCY="1", THREADS="2") as server:
        yield server


@pytest.fixture
def impatient_server(example_artifact_dir: Path, tmp_path: Path) -> Iterator[RunningServer]:
    """Run the same server, which lets slow clients go after a second; as shipped, where there is all night for it."""
    patience = {} if IS_LONG else {"HEADER_TIMEOUT_SECONDS": "1", "BODY_TIMEOUT_SECONDS": "1"}
    with run_server(example_artifact_dir, tmp_path, WEB_CONCURRENCY="1", THREADS="2", **patience) as server:
        yield server


def is_open(connection: socket.socket) -> bool:
    """Return whether the server has neither closed `connection` nor said anything on it."""
    connection.setblocking(False)
    try:
        connection.recv(1)
    except BlockingIOError:
        return True
    return False


def test_silent_clients_hold_up_nobody(small_server: RunningServer) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(small_server.connect()) for _ in range(N_CLIENTS)]
        assert send(small_server, HTTP_1_0).status == 200
        assert all(is_open(connection) for connection in silent)


def test_clients_that_never_close_hold_up_nobody(small_server: RunningServer) -> None:
    with ExitStack() as stack:
        answered = [stack.enter_context(small_server.connect()) for _ in range(N_CLIENTS)]
        for connection in answered:
            connection.sendall(HTTP_1_0)
        # None of them closes, not even once its answer says that the connection is closed.
        assert [read_answer(connection).status for connection in answered] == [200] * N_CLIENTS


def test_a_client_that_falls_silent_in_its_body_is_told_and_let_go(impatient_server: RunningServer) -> None:
    with impatient_server.connect() as connection:
        connection.sendall(post("/predict", b'{"features":', Content_Length="100"))
        answer = read_answer(connection)
        assert answer.status == 400
        assert answer.json["detail"] == "The body has 12 bytes where its Content-Length says 100."
        connection.sendall(HTTP_1_0)  # the rest of the body, which must not be taken for a request
        assert connection.recv(1) == b""


def test_a_client_that_falls_silent_in_its_head_is_told_and_let_go(impatient_server: RunningServer) -> None:
    with impatient_server.connect() as connection:
        connection.sendall(b"GET /hea")
        answer = read_answer(connection)
        assert (answer.status, answer.json["detail"]) == (408, "The head of the request has not come in time.")
        assert connection.recv(1) == b""


def test_a_thousand_silent_and_two_hundred_slow_clients_hold_up_nobody(
    server: RunningServer, example_dataset: Dataset
) -> None:
    instance = example_dataset.X[0].tolist()
    body = json.dumps({"features": instance}).encode()
    with slow_clients(server.connect, N_SILENT, N_SLOW, body):
        with load_on(server.port, instance, n_kept_alive=4, n_reconnecting=4) as load:
            wait_until(lambda: sum(load.answers.values()) > N_ORDINARY, "ordinary requests are answered")
    assert load.failures == []
