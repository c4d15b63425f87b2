"""How the answer of an application is written, and how it may answer before a body has arrived."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest
from flask import Flask, request

from app.server.wsgi import BodyWanted, Environ, WsgiServer, defer_body
from tests.support.parsing import build_head, parse, parse_one

CLIENT, SERVER = ("192.0.2.1", 4000), ("192.0.2.2", 8000)
DATE = re.compile(rb"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n")

Start = Callable[..., Any]


class Answering:
    """An application that gives one answer, and whose parts are closed."""

    def __init__(self, parts: Iterable[bytes], status: str = "200 OK", *headers: tuple[str, str]) -> None:
        self.parts = parts
        self.status = status
        self.headers = list(headers)
        self.is_closed = False

    def __call__(self, environ: Environ, start_response: Start) -> Answering:
        start_response(self.status, self.headers)
        return self

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.parts)

    def close(self) -> None:
        """Take note of it."""
        self.is_closed = True


def answer(application: Any, line: bytes = b"GET / HTTP/1.1", keeps: bool = True) -> tuple[list[bytes], bytes]:
    """Return the lines of the head of an answer, and its body."""
    server = WsgiServer(application)
    environ = server.build_environ(parse_one(build_head(line=line)), CLIENT, SERVER)
    head, _, body = server.answer(environ, keeps).partition(b"\r\n\r\n")
    return head.split(b"\r\n"), body


@pytest.mark.parametrize("head", [build_head(line=b"GET /a?b HTTP/1.1"), build_head(b"Content-Length: 2") + b"ab"])
def test_both_sides_keep_to_the_rules_of_wsgi(head: bytes) -> None:
    @validator
    def application(environ: Environ, start_response: Start) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["wsgi.input"].read(2)]

    server = WsgiServer(application)
    content = server.answer(server.build_environ(parse_one(head), CLIENT, SERVER), keeps_connection=True)
    assert content.endswith(b"\r\n\r\n" + head.partition(b"\r\n\r\n")[2])


def test_an_answer_has_a_date_a_server_and_its_own_headers() -> None:
    head, body = answer(Answering([b"a", b"", b"bc"], "201 Created", ("X-Name", "\xe9"), ("X-Name", "2")))
    assert (head[0], body) == (b"HTTP/1.1 201 Created", b"abc")
    assert {b"Server: gunicorn", b"X-Name: \xe9", b"X-Name: 2", b"Content-Length: 3"} <= set(head)
    assert DATE.search(b"\r\n".join(head))


@pytest.mark.parametrize("length", [("Content-Length", "3"), ("content-length", "3")])
def test_a_length_is_not_told_twice(length: tuple[str, str]) -> None:
    head, _ = answer(Answering([b"abc"], "200 OK", length))
    assert [line.lower() for line in head if b"length" in line.lower()] == [b"content-length: 3"]


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_what_never_has_a_body_has_no_length(status: str) -> None:
    head, body = answer(Answering([], status))
    assert (b"length" in b"".join(head).lower(), body) == (False, b"")


def test_the_answer_to_head_has_the_length_of_a_body_that_is_not_sent() -> None:
    head, body = answer(Answering([b"abc"]), line=b"HEAD / HTTP/1.1")
    assert (b"Content-Length: 3" in head, body) == (True, b"")


@pytest.mark.parametrize(("keeps", "line"), [(True, b"Connection: keep-alive"), (False, b"Connection: close")])
@pytest.mark.parametrize("protocol", [b"HTTP/1.0", b"HTTP/1.1"])
def test_an_answer_says_whether_the_connection_goes_on(keeps: bool, line: bytes, protocol: bytes) -> None:
    head, _ = answer(Answering([b"abc"]), line=b"GET / " + protocol, keeps=keeps)
    assert (head[0], line in head) == (protocol + b" 200 OK", True)


@pytest.mark.parametrize("sign", ["\r", "\n", "\r\n", "\0"])
def test_a_header_that_would_not_end_where_it_should_is_refused(sign: str) -> None:
    application = Answering([b"abc"], "200 OK", ("X-Name", f"a{sign}X-Other: b"))
    with pytest.raises(ValueError, match="^The header X-Name has a line break in its value.$"):
        answer(application)


def test_the_parts_of_an_answer_are_closed() -> None:
    application = Answering([b"abc"])
    answer(application)
    assert application.is_closed


def test_the_parts_of_an_answer_that_fails_are_closed() -> None:
    def fail() -> Iterator[bytes]:
        yield b"a"
        raise LookupError("of the application")

    application = Answering(fail())
    with pytest.raises(LookupError, match="^of the application$"):
        answer(application)
    assert application.is_closed


def test_an_application_may_start_its_answer_late_and_again() -> None:
    def application(environ: Environ, start_response: Start) -> Iterator[bytes]:
        start_response("200 OK", [("X-Name", "1")])
        start_response("500 Internal Server Error", [], (None, None, None))
        yield b"abc"

    head, body = answer(application)
    assert (head[0], b"X-Name: 1" in head, body) == (b"HTTP/1.1 500 Internal Server Error", False, b"abc")


def test_an_application_does_not_write() -> None:
    def application(environ: Environ, start_response: Start) -> list[bytes]:
        start_response("200 OK", [])(b"abc")
        return []

    with pytest.raises(NotImplementedError, match="^The application returns its answer, and does not write it.$"):
        answer(application)


@pytest.fixture
def flask_app() -> Flask:
    """Return an application of which one route reads the body, and which answers for any failure."""
    app = Flask("tests")

    @app.post("/read")
    def read() -> bytes:
        return request.get_data()

    @app.post("/refuse")
    def refuse() -> tuple[str, int]:
        return "no", 403

    @app.errorhandler(Exception)
    def answer_for_all(error: Exception) -> tuple[str, int]:
        return "failed", 500

    return app


@pytest.mark.parametrize("max_content_length", [None, 1000])  # by which Flask reads in another way
@pytest.mark.parametrize("field", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
def test_an_application_says_that_it_wants_a_body_that_has_not_arrived(
    flask_app: Flask, field: bytes, max_content_length: int | None
) -> None:
    flask_app.config["MAX_CONTENT_LENGTH"] = max_content_length
    server = WsgiServer(flask_app)
    arriving = parse(build_head(field, line=b"POST /read HTTP/1.1")).current
    assert arriving is not None
    environ = server.build_environ(arriving, CLIENT, SERVER)
    defer_body(environ)
    with pytest.raises(BodyWanted):
        server.answer(environ, keeps_connection=True)


@pytest.mark.parametrize(("path", "status"), [(b"/refuse", b"403"), (b"/nowhere", b"500"), (b"/read/x", b"500")])
def test_an_application_may_answer_without_a_body(flask_app: Flask, path: bytes, status: bytes) -> None:
    server = WsgiServer(flask_app)
    environ = server.build_environ(parse_one(build_head(line=b"POST " + path + b" HTTP/1.1")), CLIENT, SERVER)
    defer_body(environ)
    assert server.answer(environ, keeps_connection=True).startswith(b"HTTP/1.1 " + status)
