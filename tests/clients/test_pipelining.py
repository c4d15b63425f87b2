"""Requests that are sent before the one before them is answered, and clients that send no more."""

from __future__ import annotations

import json
import socket

import pytest

from tests.clients.sequence import exchange, read_next, read_to_end
from tests.support.raw_http import post, read_answer
from tests.support.running_server import RunningServer

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def batch(by_position: bytes) -> bytes:
    """Return the body of a batch that takes a while."""
    return json.dumps({"instances": [json.loads(by_position)["features"]] * 512}).encode()


def number(request: bytes, place: int) -> bytes:
    """Return `request` with its place as its id."""
    return request.replace(b"\r\n", f"\r\nX-Request-ID: {place}\r\n".encode(), 1)


def test_answers_quick_and_slow_ones_in_their_order(server: RunningServer, by_position: bytes, batch: bytes) -> None:
    kinds = [
        (post("/predict/batch", batch), 200),
        (HEALTH, 200),
        (post("/predict", by_position), 200),
        (post("/predict", b"{}"), 422),
        (HEALTH.replace(b"GET /health", b"HEAD /model"), 200),
        (post("/predict", b"{}", Content_Type="text/plain"), 415),
        (post("/nothing", b"{}"), 404),
    ] * 5
    requests = b"".join(number(request, place) for place, (request, _) in enumerate(kinds))
    with server.connect() as connection:
        answers = exchange(connection, requests, [request.split()[0].decode() for request, _ in kinds])
    assert [answer.status for answer in answers] == [status for _, status in kinds]
    assert [answer.headers["x-request-id"] for answer in answers] == [str(place) for place in range(len(kinds))]


def test_answers_pipelined_http_1_0_that_keeps_the_connection(server: RunningServer) -> None:
    request = b"GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    with server.connect() as connection:
        answers = exchange(connection, request * 3, ["GET"] * 3)
    assert [(answer.status, answer.headers["connection"]) for answer in answers] == [(200, "keep-alive")] * 3


@pytest.mark.parametrize("last", [LAST, b"GET /health HTTP/1.0\r\n\r\n"])
def test_answers_nothing_behind_the_last_request(server: RunningServer, last: bytes) -> None:
    with server.connect() as connection:
        assert read_to_end(connection, HEALTH + last + HEALTH).count(b"HTTP/1.") == 2


def test_asks_for_a_body_only_after_the_answers_before_it(
    server: RunningServer, by_position: bytes, batch: bytes
) -> None:
    head = post("/predict", b"", Expect="100-continue", Content_Length=str(len(by_position)))
    with server.connect() as connection, connection.makefile("rb") as file:
        connection.sendall(post("/predict/batch", batch) + head)
        assert len(read_next(file, "POST").json["predictions"]) == 512
        assert file.readline() + file.readline() == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(by_position)
        assert read_next(file, "POST").json["label"] == 0


@pytest.mark.parametrize("target", ["/health", "http://example.org/health", "HTTP://example.org:81/health"])
def test_takes_a_target_with_its_host(server: RunningServer, target: str) -> None:
    with server.connect() as connection:
        request = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        assert read_to_end(connection, request).startswith(b"HTTP/1.1 200 OK\r\n")


def test_answers_one_who_sends_no_more(server: RunningServer, batch: bytes, by_position: bytes) -> None:
    requests = post("/predict/batch", batch) + HEALTH + post("/predict", by_position)
    with server.connect() as connection:
        connection.sendall(requests)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as file:
            assert file.read().count(b"HTTP/1.1 200 OK\r\n") == 3


def test_closes_without_a_word_on_one_who_says_nothing(server: RunningServer) -> None:
    with server.connect() as connection:
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


@pytest.mark.parametrize("request_bytes", [LAST, b"GET /health HTTP/1.0\r\n\r\n", LAST.replace(b"health", b"nothing")])
def test_closes_where_it_says_so(server: RunningServer, request_bytes: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(request_bytes)
        assert read_answer(connection).headers["connection"] == "close"
        assert connection.recv(1) == b""
