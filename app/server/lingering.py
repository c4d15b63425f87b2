"""Connections that linger: they have been answered, nothing more is sent on them, and their clients have yet to close.

Closing at once would reset the connection if anything has not been read, and the client might lose the answer
(RFC 9112, section 9.6). gunicorn waits here for the client, and accepts no other meanwhile.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from app.server.connection import PatientConnection

# How long a closed connection is kept for its client to read the answer: gunicorn's own value.
LINGER_SECONDS = 2.0

_DRAIN_BYTES = 65536


class LingeringConnections:
    """The lingering connections of a worker's main loop, each of which is closed in two seconds at the latest."""

    def __init__(self, count_closed: Callable[[], None]) -> None:
        self._connections: deque[PatientConnection] = deque()
        self._count_closed = count_closed

    def add(self, connection: PatientConnection, poller: selectors.BaseSelector) -> None:
        """End what is sent on a connection, and drain what its client sends until that closes it as well."""
        try:
            connection.sock.shutdown(socket.SHUT_WR)
            connection.sock.setblocking(False)
        except OSError:
            self._count_closed()
            connection.close()
            return
        connection.timeout = time.monotonic() + LINGER_SECONDS
        self._connections.append(connection)
        poller.register(connection.sock, selectors.EVENT_READ, partial(self._drain, connection, poller))

    def close_overdue(self, poller: selectors.BaseSelector) -> None:
        """Close the connections that have lingered long enough."""
        now = time.monotonic()
        while self._connections and self._connections[0].timeout <= now:
            self._close(self._connections[0], poller)

    def _drain(self, connection: PatientConnection, poller: selectors.BaseSelector, client: socket.socket) -> None:
        try:
            has_ended = not client.recv(_DRAIN_BYTES)
        except BlockingIOError:
            return
        except OSError:
            has_ended = True
        if has_ended:
            self._close(connection, poller)

    def _close(self, connection: PatientConnection, poller: selectors.BaseSelector) -> None:
        self._connections.remove(connection)
        poller.unregister(connection.sock)
        self._count_closed()
        connection.close()
