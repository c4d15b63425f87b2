"""Clients that take their time, many at once: silent ones, half a head, half a body, a byte a second in or out."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle

from app.__main__ import raise_file_limit
from tests.support.raw_http import post

_BYTE_SECONDS = 1.0
_WIDE = 16 * 1024

Connect = Callable[[], socket.socket]


@contextmanager
def slow_clients(connect: Connect, n_silent: int, n_slow: int, body: bytes) -> Iterator[None]:
    """Keep so many slow clients connected for the `with` block; those that are let go connect again.

    `body` is that of a right request, of which they send a part.
    """
    raise_file_limit()
    with ExitStack() as stack:
        silent = [_Client(connect, b"", b"", stack) for _ in range(n_silent)]
        slow = [
            _Client(connect, *kind, stack) for kind, _ in zip(cycle(_list_kinds(body)), range(n_slow), strict=False)
        ]
        is_over = threading.Event()
        thread = threading.Thread(target=_drive, args=(silent + slow, is_over))
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


class _Client:
    """A client that sends something at once, and the rest a byte a second."""

    def __init__(self, connect: Connect, at_once: bytes, rest: bytes, stack: ExitStack) -> None:
        self._connect = connect
        self._at_once, self._rest = at_once, rest
        self._connection = connect()
        self._position = 0
        self._begin()
        stack.callback(lambda: self._connection.close())

    def go_on(self) -> None:
        """Send a byte, read one, or begin anew where the server has let the client go."""
        try:
            if self._rest:
                self._connection.send(self._rest[self._position : self._position + 1])
                self._position = (self._position + 1) % len(self._rest)
            if self._connection.recv(1) == b"":
                self._connect_again()
        except BlockingIOError:
            return
        except OSError:
            self._connect_again()

    def _connect_again(self) -> None:
        self._connection.close()
        self._connection = self._connect()
        self._begin()

    def _begin(self) -> None:
        self._connection.setblocking(False)
        self._position = 0
        if self._at_once:
            self._connection.send(self._at_once)


def _list_kinds(body: bytes) -> list[tuple[bytes, bytes]]:
    """Return what each kind of slow client sends at once, and byte by byte."""
    request = post("/predict", body)
    head = request[: -len(body)]
    large = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 8  # whose answers nobody reads
    return [
        (head[: len(head) // 4], b""),
        (request[: -len(body) // 2], b""),
        (b"", request),
        (head, body),
        (large, b""),
    ]


def _drive(clients: list[_Client], is_over: threading.Event) -> None:
    while not is_over.wait(_BYTE_SECONDS):
        for client in clients:
            with suppress(OSError):
                client.go_on()
