"""Clients that offer another protocol, which is not taken up: they are answered as if they had not."""

from __future__ import annotations

import pytest

from tests.clients.sequence import read_to_end
from tests.support.raw_http import post
from tests.support.running_server import RunningServer

OFFERS = {
    "h2c": {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2_Settings": "AAMAAABkAAQAoAAAAAIAAAAA"},
    "websocket": {"Connection": "Upgrade", "Upgrade": "websocket"},
    "TLS": {"Connection": "Upgrade", "Upgrade": "TLS/1.2, HTTP/1.1"},
}
LAST = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
EACH_OFFER = pytest.mark.parametrize("offer", OFFERS)


@EACH_OFFER
def test_answers_a_request_with_a_body(server: RunningServer, by_position: bytes, offer: str) -> None:
    with server.connect() as connection:
        answers = read_to_end(connection, post("/predict", by_position, **OFFERS[offer]) + LAST)
    assert answers.startswith(b"HTTP/1.1 200 OK\r\n")
    assert (answers.count(b"HTTP/1.1 200 OK\r\n"), answers.count(b"HTTP/1.1")) == (2, 2)


@EACH_OFFER
def test_answers_a_body_in_chunks(server: RunningServer, by_position: bytes, offer: str) -> None:
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(by_position), by_position)
    request = post("/predict", chunks, Content_Length="", Transfer_Encoding="chunked", **OFFERS[offer])
    with server.connect() as connection:
        answers = read_to_end(connection, request + LAST)
    assert (answers.count(b"HTTP/1.1 200 OK\r\n"), answers.count(b"HTTP/1.1")) == (2, 2)


@EACH_OFFER
def test_takes_no_body_for_a_request(server: RunningServer, offer: str) -> None:
    hidden = b"GET /model HTTP/1.1\r\nHost: x\r\nX-Request-ID: hidden\r\n\r\n"
    with server.connect() as connection:
        answers = read_to_end(connection, post("/predict", hidden, **OFFERS[offer]) + LAST)
    assert b"X-Request-ID: hidden" not in answers
    assert answers.count(b"HTTP/1.1") == 2


@EACH_OFFER
def test_goes_on_after_a_request_without_a_body(server: RunningServer, offer: str) -> None:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in OFFERS[offer].items())
    request = f"GET /health HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode()
    with server.connect() as connection:
        answers = read_to_end(connection, request + LAST)
    assert (answers.count(b"HTTP/1.1 200 OK\r\n"), answers.count(b"HTTP/1.1")) == (2, 2)
