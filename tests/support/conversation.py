"""Speaks on one connection as a client does that pipelines: all that is sent, and each answer that comes to it."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from http.client import parse_headers

from tests.support.raw_http import RawAnswer

# Far more than any answer takes, so that only one that never comes is waited for as long.
_PATIENCE_SECONDS = 10.0
_PROBE_ID = "asks-whether-it-is-open"
_PROBE = f"GET /model HTTP/1.1\r\nHost: x\r\nX-Request-ID: {_PROBE_ID}\r\nConnection: close\r\n\r\n".encode()

Connect = Callable[[], socket.socket]


@dataclass(frozen=True)
class Conversation:
    """What has come of a connection."""

    received: bytes
    answers: list[RawAnswer]
    is_closed: bool
    """Whether nothing more was answered on it."""

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses of the answers, in their order."""
        return tuple(answer.status for answer in self.answers)


def converse(connect: Connect, sent: bytes, n_expected: int) -> Conversation:
    """Send all at once, await as many answers as are expected, and ask whether the connection goes on."""
    with connect() as connection:
        connection.settimeout(_PATIENCE_SECONDS)
        connection.sendall(sent)
        received = _receive(connection, n_expected)
        with suppress(ConnectionError):
            connection.sendall(_PROBE)
        received += _receive(connection)
    answers = split_answers(received)
    is_open = any(answer.headers.get("x-request-id") == _PROBE_ID for answer in answers)
    return Conversation(received, answers[:-1] if is_open else answers, not is_open)


def converse_to_the_end(connect: Connect, sent: bytes, n_awaited: int = 0) -> Conversation:
    """Send all at once, say once so many answers have come that nothing more will, and read to the end."""
    with connect() as connection:
        connection.settimeout(_PATIENCE_SECONDS)
        # Who has refused may close before all is sent.
        with suppress(OSError):
            connection.sendall(sent)
        received = _receive(connection, n_awaited)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        received += _receive(connection)
    return Conversation(received, split_answers(received), is_closed=True)


def _receive(connection: socket.socket, n_answers: int | None = None) -> bytes:
    """Return what comes: to the end, or until there are so many answers."""
    received = b""
    with suppress(TimeoutError, ConnectionError):
        while n_answers is None or len(split_answers(received)) < n_answers:
            part = connection.recv(65536)
            if not part:
                break
            received += part
    return received


def split_answers(received: bytes) -> list[RawAnswer]:
    """Return the final answers in what has been received, none of them to HEAD; one that is not whole is none."""
    answers = []
    while (end := received.find(b"\r\n\r\n")) >= 0:
        status_line, _, fields = received[: end + 4].partition(b"\r\n")
        status, headers = int(status_line.split()[1]), _read_headers(fields)
        length = int(headers.get("content-length", "0"))
        body, received = received[end + 4 :][:length], received[end + 4 + length :]
        if len(body) == length and status >= 200:
            answers.append(RawAnswer(status, headers, body))
    return answers


def _read_headers(fields: bytes) -> dict[str, str]:
    parsed: Message[str, str] = parse_headers(io.BytesIO(fields))
    return {name.lower(): value for name, value in parsed.items()}
