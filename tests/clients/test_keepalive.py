"""KEEPALIVE_SECONDS: how long a connection is kept on which nothing is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.sequence import read_to_end
from tests.support.raw_http import post, read_answer
from tests.support.running_server import RunningServer, run_server

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def hasty_server(example_artifact_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run a server that keeps an idle connection for a second."""
    with run_server(example_artifact_dir, tmp_path_factory.mktemp("hasty"), KEEPALIVE_SECONDS="1") as running:
        yield running


@pytest.fixture(scope="module")
def closing_server(example_artifact_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run a server that keeps no connection."""
    with run_server(example_artifact_dir, tmp_path_factory.mktemp("closing"), KEEPALIVE_SECONDS="0") as running:
        yield running


def test_closes_a_connection_that_is_idle_after_an_answer(hasty_server: RunningServer) -> None:
    with hasty_server.connect() as connection:
        connection.sendall(HEALTH)
        assert read_answer(connection).headers["connection"] == "keep-alive"
        assert connection.recv(1) == b""


def test_closes_a_connection_on_which_nothing_is_ever_asked(hasty_server: RunningServer) -> None:
    with hasty_server.connect() as connection:
        assert connection.recv(1) == b""


@pytest.mark.parametrize("n_sent", [1, 20, len(HEALTH) - 1])
def test_a_request_that_has_begun_outlives_an_idle_connection(hasty_server: RunningServer, n_sent: int) -> None:
    with hasty_server.connect() as beginning, hasty_server.connect() as idle:
        beginning.sendall(HEALTH[:n_sent])
        assert idle.recv(1) == b""
        beginning.sendall(HEALTH[n_sent:])
        assert read_answer(beginning).status == 200


def test_a_body_that_has_begun_outlives_an_idle_connection(hasty_server: RunningServer, by_position: bytes) -> None:
    request = post("/predict", by_position)
    with hasty_server.connect() as beginning, hasty_server.connect() as idle:
        beginning.sendall(request[:-10])
        assert idle.recv(1) == b""
        beginning.sendall(request[-10:])
        assert read_answer(beginning).json["label"] == 0


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (HEALTH, 200),
        (b"GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200),
        (b"HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"OPTIONS /predict HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (post("/predict", b"{}"), 422),
        (post("/predict", b"{}", Content_Type="text/plain"), 415),
        (post("/predict", b" " * (3 * 1024 * 1024)), 413),
        (b"nonsense\r\n\r\n", 400),
    ],
)
def test_every_answer_of_a_server_that_keeps_none_says_so(
    closing_server: RunningServer, request_bytes: bytes, status: int
) -> None:
    with closing_server.connect() as connection:
        head, _, rest = read_to_end(connection, request_bytes).partition(b"\r\n\r\n")
    assert int(head.split()[1]) == status
    assert b"\r\nConnection: close" in head
    assert b"HTTP/1." not in rest


def test_a_server_that_keeps_none_answers_the_first_of_several(closing_server: RunningServer) -> None:
    with closing_server.connect() as connection:
        assert read_to_end(connection, HEALTH * 3).count(b"HTTP/1.1") == 1
