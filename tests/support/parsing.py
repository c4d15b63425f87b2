"""Parses bytes as if they had arrived on one connection, and tells what came of them."""

from __future__ import annotations

from app.server.parser import RequestParser
from app.server.refusal import NotHttp
from app.server.request import HttpRequest

MAX_BODY_BYTES = 100
GET = b"GET / HTTP/1.1\r\nHost: house\r\n\r\n"


def build_head(*fields: bytes, line: bytes = b"POST /predict HTTP/1.1", host: bytes | None = b"house") -> bytes:
    """Return a head with `fields`, and with a Host unless there is to be none."""
    hosts = [] if host is None else [b"Host: " + host]
    return b"\r\n".join([line, *hosts, *fields, b"", b""])


def parse(*pieces: bytes) -> RequestParser:
    """Return a parser that has been fed `pieces`, one after the other."""
    parser = RequestParser(MAX_BODY_BYTES)
    for piece in pieces:
        parser.feed(piece)
    return parser


def parse_one(*pieces: bytes) -> HttpRequest:
    """Return the one request in `pieces`."""
    parser = parse(*pieces)
    assert parser.fault is None
    (request,) = parser.completed
    return request


def parse_fault(*pieces: bytes) -> NotHttp:
    """Return why nothing in `pieces` is a request."""
    parser = parse(*pieces)
    assert not parser.completed
    assert isinstance(parser.fault, NotHttp)
    return parser.fault


def cut_each_byte(content: bytes) -> list[bytes]:
    """Return `content` byte by byte."""
    return [content[number : number + 1] for number in range(len(content))]
