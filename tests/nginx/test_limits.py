"""How much a client may send, at once and together."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack

import pytest

from app.web.bodies.limit import LEAST_BODY_BYTES
from tests.nginx.configuration import read_value
from tests.nginx.name_server import name_replicas
from tests.nginx.problem import assert_is_own_problem
from tests.nginx.running_nginx import RunningNginx, run_nginx
from tests.support.raw_http import post, read_answer
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, find_free_port, wait_until

N_AT_ONCE = int(read_value("limit_conn clients"))


def chunk(length: int) -> bytes:
    """Return a body of so many spaces, in chunks."""
    return b"%x\r\n%b\r\n0\r\n\r\n" % (length, b" " * length)


def test_the_service_answers_a_body_of_just_the_limit(nginx: RunningNginx, body: bytes) -> None:
    answer = nginx.send(post("/predict", body.ljust(LEAST_BODY_BYTES)))
    assert (answer.status, answer.json["label"]) == (200, 0)


def test_refuses_a_body_of_a_byte_more(nginx: RunningNginx, body: bytes) -> None:
    assert_is_own_problem(nginx.send(post("/predict", body.ljust(LEAST_BODY_BYTES + 1))), 413)


@pytest.mark.parametrize(("too_many", "status"), [(0, 400), (1, 413)])
def test_holds_a_body_in_chunks_to_the_same_limit(nginx: RunningNginx, too_many: int, status: int) -> None:
    body = chunk(LEAST_BODY_BYTES + too_many)
    answer = nginx.send(post("/predict", body, Content_Length="", Transfer_Encoding="chunked"))
    assert (answer.status, answer.json["status"]) == (status, status)


@pytest.mark.parametrize(("path", "status"), [("/predict", 413), ("/metrics", 413)])
def test_a_client_that_sends_far_too_much_reads_the_answer(nginx: RunningNginx, path: str, status: int) -> None:
    assert_is_own_problem(nginx.send(post(path, b" " * (20 * LEAST_BODY_BYTES))), status)


def test_refuses_one_address_more_than_enough_at_once_and_no_other(server: RunningServer, body: bytes) -> None:
    begun = post("/predict", body)[:-1]
    with name_replicas("127.0.0.1") as names, run_nginx(names.port, server.port) as nginx, ExitStack() as stack:
        for _ in range(N_AT_ONCE):
            connection = stack.enter_context(nginx.connect())
            connection.sendall(begun)
        wait_until(lambda: nginx.send(post("/predict", body)).status == 429, "one more is refused")
        answer = nginx.send(post("/predict", body))
        assert_is_own_problem(answer, 429)
        assert answer.headers["retry-after"] == "1"
        with socket.create_connection(("127.0.0.1", nginx.port), DEADLINE_SECONDS, ("127.0.0.9", 0)) as other:
            other.sendall(post("/predict", body))
            assert read_answer(other).status == 200


@pytest.mark.parametrize(
    "begun", [b"", b"GET /hea", b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"]
)
def test_lets_a_client_go_that_falls_silent(begun: bytes) -> None:
    with name_replicas() as names, run_nginx(names.port, find_free_port(), hasty=True) as nginx:
        with nginx.connect() as connection:
            connection.sendall(begun)
            before = time.monotonic()
            assert is_let_go(connection)
    assert time.monotonic() - before < DEADLINE_SECONDS / 2


def is_let_go(connection: socket.socket) -> bool:
    """Return whether nginx closes or resets a connection without a word."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
