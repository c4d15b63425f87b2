"""Clients that trickle, or that are slow to read: they cost the service no thread, and the others are answered."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.nginx.name_server import name_replicas
from tests.nginx.replicas import Request, run_replicas
from tests.nginx.running_nginx import RunningNginx, run_nginx
from tests.support.raw_http import post, read_answer
from tests.support.running_server import DEADLINE_SECONDS, run_server, wait_until

N_CLIENTS = 20
# Far less than the service's patience with one who is silent, after which it has a thread again.
PROMPTLY_SECONDS = 5.0
LONG_ANSWER = bytes(7 * 1024 * 1024)


@pytest.fixture
def small_nginx(example_artifact_dir: Path, tmp_path: Path) -> Iterator[RunningNginx]:
    """Run nginx in front of a server with one worker of two threads."""
    with (
        run_server(example_artifact_dir, tmp_path, WEB_CONCURRENCY="1", THREADS="2") as server,
        name_replicas("127.0.0.1") as names,
        run_nginx(names.port, server.port) as nginx,
    ):
        yield nginx


def test_clients_that_trickle_hold_up_nobody_and_are_answered(small_nginx: RunningNginx, body: bytes) -> None:
    request = post("/predict", body)
    with ExitStack() as stack:
        trickling = [stack.enter_context(small_nginx.connect()) for _ in range(N_CLIENTS)]
        for position in range(len(request)):
            for connection in trickling:
                connection.sendall(request[position : position + 1])
            other = requests.post(f"{small_nginx.url}/predict", body, timeout=PROMPTLY_SECONDS)
            assert other.status_code == 200
        assert [read_answer(connection).status for connection in trickling] == [200] * N_CLIENTS


def test_an_answer_that_nobody_reads_does_not_hold_up_the_service() -> None:
    with run_replicas(answer_at_length) as (replica,), name_replicas(replica.address) as names:
        with run_nginx(names.port, replica.server_port) as nginx, socket.socket() as reader:
            # Set before connecting, so that the little that is taken in is little from the start.
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.settimeout(DEADLINE_SECONDS)
            reader.connect(("127.0.0.1", nginx.port))
            reader.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_until(lambda: replica.n_answered == 1, "the replica is done")
            assert read_answer(reader).body == LONG_ANSWER


def answer_at_length(request: Request) -> None:
    """Send more than the system would hold for a client on its way, once it holds none for the replica."""
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    request.answer(200, LONG_ANSWER)
