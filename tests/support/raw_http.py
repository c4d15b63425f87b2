"""Speaks HTTP byte by byte, for requests that no client library would send."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

import orjson

from tests.support.running_server import RunningServer


@dataclass(frozen=True)
class RawAnswer:
    """The answer to a raw request."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The value of the body."""
        return orjson.loads(self.body)


def send(server: RunningServer, request: bytes, *, half_close: bool = False) -> RawAnswer:
    """Send `request` on a new connection and return the answer; with `half_close`, say that nothing more will come."""
    with server.connect() as connection:
        connection.sendall(request)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        return read_answer(connection)


def read_answer(connection: socket.socket) -> RawAnswer:
    """Return the next answer on `connection`."""
    response = HTTPResponse(connection)
    response.begin()
    body = response.read()
    return RawAnswer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def post(path: str, body: bytes, **headers: str) -> bytes:
    """Return the bytes of a POST request; each of `headers` with `-` for `_`."""
    fields = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": str(len(body))}
    fields.update({name.replace("_", "-"): value for name, value in headers.items()})
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body
