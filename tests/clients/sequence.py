"""Reads several answers off one connection, as they were asked for in one go."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from http.client import parse_headers
from io import BufferedIOBase

from tests.support.raw_http import RawAnswer


def exchange(connection: socket.socket, requests: bytes, methods: Sequence[str]) -> list[RawAnswer]:
    """Send `requests` at once and return the answers, one for each of their `methods`."""
    connection.sendall(requests)
    with connection.makefile("rb") as file:
        return [read_next(file, method) for method in methods]


def read_to_end(connection: socket.socket, requests: bytes) -> bytes:
    """Send `requests` and return all that comes until the server closes the connection."""
    connection.sendall(requests)
    with connection.makefile("rb") as file:
        return file.read()


def read_next(file: BufferedIOBase, method: str) -> RawAnswer:
    """Return the next answer in `file`, to a request with this method."""
    status = int(file.readline().split()[1])
    headers = {name.lower(): value for name, value in parse_headers(file).items()}
    body = b"" if method == "HEAD" else file.read(int(headers["content-length"]))
    return RawAnswer(status, headers, body)
