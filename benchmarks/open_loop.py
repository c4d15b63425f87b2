"""An open-loop client: it asks at a rate, whether or not it has been answered, as many callers together do.

A client that waits for its answer before it asks again never shows what too many requests do to a server.
"""

from __future__ import annotations

import select
import socket
import time
from collections import Counter, deque
from dataclasses import dataclass, field

_RECEIVE_BYTES = 64 * 1024
_MOST_CONNECTIONS = 4000
_AT_ONCE = 32
_PATIENCE_SECONDS = 10.0


@dataclass
class Outcome:
    """What has become of the requests of one run."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    """How long the answers of each status took, from when the request was due."""
    failures: Counter[str] = field(default_factory=Counter)
    """Requests that were not answered at all."""

    def find_quantile(self, status: int, share: float) -> float:
        """Return within which time so many of the answers of a status came, in milliseconds."""
        seconds = sorted(self.seconds.get(status, []))
        return seconds[min(int(len(seconds) * share), len(seconds) - 1)] * 1000 if seconds else float("nan")


class OpenLoopClient:
    """Asks one server for one thing."""

    def __init__(self, port: int, request: bytes) -> None:
        self._address = ("127.0.0.1", port)
        self._request = request
        self._epoll = select.epoll()
        self._open: dict[int, socket.socket] = {}
        self._idle: deque[socket.socket] = deque()
        self._due: dict[int, float] = {}
        self._received: dict[int, bytes] = {}

    def run(self, rate: float, seconds: float) -> Outcome:
        """Ask `rate` times a second for so many seconds, and wait for the answers."""
        outcome, n_asked, n_requests = Outcome(), 0, int(rate * seconds)
        began_at = time.perf_counter()
        end = began_at + seconds + _PATIENCE_SECONDS
        while (n_asked < n_requests or self._due) and time.perf_counter() < end:
            n_due = min(n_requests, int((time.perf_counter() - began_at) * rate) + 1, n_asked + _AT_ONCE)
            while n_asked < n_due:
                self._ask(began_at + n_asked / rate, outcome)
                n_asked += 1
            is_late = n_asked < n_requests and began_at + n_asked / rate <= time.perf_counter()
            for descriptor, _ in self._epoll.poll(0 if is_late else 0.001):
                self._receive(self._open[descriptor], outcome)
        outcome.failures["no answer in time"] += len(self._due)
        for connection in list(self._open.values()):
            self._forget(connection)
        self._idle.clear()
        outcome.failures = +outcome.failures  # none of those that are zero
        return outcome

    def measure_capacity(self, n_clients: int, seconds: float) -> float:
        """Return how many requests a second are answered with 200 to clients that each wait for their answers."""
        outcome, end = Outcome(), time.perf_counter() + seconds
        self._idle.extend(self._connect() for _ in range(n_clients))
        while time.perf_counter() < end:
            while self._idle:
                self._ask(time.perf_counter(), outcome)
            for descriptor, _ in self._epoll.poll(0.01):
                self._receive(self._open[descriptor], outcome)
        for connection in list(self._open.values()):
            self._forget(connection)
        return len(outcome.seconds.get(200, [])) / seconds

    def _ask(self, due_at: float, outcome: Outcome) -> None:
        if not self._idle and len(self._open) >= _MOST_CONNECTIONS:
            outcome.failures["no connection left to ask on"] += 1
            return
        try:
            connection = self._idle.pop() if self._idle else self._connect()
            connection.send(self._request)
        except OSError as error:
            outcome.failures[type(error).__name__] += 1
            return
        self._due[connection.fileno()] = due_at

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(self._address)
        connection.setblocking(False)
        self._open[connection.fileno()] = connection
        self._epoll.register(connection.fileno(), select.EPOLLIN)
        return connection

    def _receive(self, connection: socket.socket, outcome: Outcome) -> None:
        descriptor = connection.fileno()
        try:
            received = connection.recv(_RECEIVE_BYTES)
        except OSError:
            received = b""
        if not received:
            if self._due.pop(descriptor, None) is not None:
                outcome.failures["closed or reset"] += 1
            if connection in self._idle:
                self._idle.remove(connection)
            self._forget(connection)
            return
        answer = self._received.pop(descriptor, b"") + received
        head, separator, body = answer.partition(b"\r\n\r\n")
        if not separator or len(body) < _read_length(head):
            self._received[descriptor] = answer
            return
        seconds = time.perf_counter() - self._due.pop(descriptor)
        outcome.seconds.setdefault(int(head[9:12]), []).append(seconds)
        if b"\r\nConnection: close" in head:
            self._forget(connection)
        else:
            self._idle.append(connection)

    def _forget(self, connection: socket.socket) -> None:
        descriptor = connection.fileno()
        self._epoll.unregister(descriptor)
        self._due.pop(descriptor, None)
        self._received.pop(descriptor, None)
        del self._open[descriptor]
        connection.close()


def _read_length(head: bytes) -> int:
    start = head.lower().index(b"content-length: ") + 16
    return int(head[start:].split(b"\r\n", 1)[0])
