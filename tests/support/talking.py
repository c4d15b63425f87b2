"""A client and a connection over a pair of sockets, with a loop that a test turns and answers that a test gives."""

from __future__ import annotations

import socket
from contextlib import suppress

from app.server.connection import Connection
from app.server.loop import EventLoop
from app.server.refusal import Refusal
from app.server.request import HttpRequest
from app.server.states import Patience, State
from tests.support.parsing import MAX_BODY_BYTES

PATIENCE = Patience(idle=10.0, head=20.0, body=30.0)
CLIENT_ADDRESS, SERVER_ADDRESS = ("192.0.2.1", 4000), ("192.0.2.2", 8000)
_N_TURNS = 40


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.now


class RecordingExchange:
    """Records what it is asked for, and leaves answers to the test, unless they are given here."""

    def __init__(self) -> None:
        self.submitted: list[HttpRequest] = []
        self.asked_early: list[HttpRequest] = []
        self.refused: list[int] = []
        self.forgotten: list[Connection] = []
        self.n_received_bytes = 0
        self.answer: bytes | None = None
        """What requests are answered by at once."""
        self.early_answer: bytes | None = None
        """What requests are answered by whose bodies have not arrived."""
        self.keeps_on = True
        self.evicts_bodies = False
        """Whether a body is refused once more of it arrives."""
        self.refusal_bytes = 0
        """How long the answer to a refused request is, at least."""
        self._connection: Connection | None = None

    def submit(self, connection: Connection, request: HttpRequest) -> None:
        """Answer a request at once, or leave that to the test."""
        self.submitted.append(request)
        if self.answer is not None:
            connection.answer(self.answer, self.keeps_on)

    def ask_early(self, connection: Connection, request: HttpRequest) -> None:
        """Answer a request whose body has not arrived, if there is an answer, or have it asked for its body."""
        self._connection = connection
        self.asked_early.append(request)
        if self.early_answer is not None:
            connection.answer_early(self.early_answer, self.keeps_on)
        else:
            connection.ask_for_body(request)

    def refuse(self, connection: Connection, fault: Refusal, request: HttpRequest | None) -> None:
        """Answer by the status."""
        self.refused.append(fault.status)
        connection.answer(b"%d" % fault.status + b" " * self.refusal_bytes, keeps_on=False)

    def count_received(self, n_bytes: int) -> None:
        """Count, and refuse what arrives where that is to be done."""
        self.n_received_bytes += n_bytes
        if self.evicts_bodies and self._connection is not None and self._connection.state is State.BODY:
            self._connection.refuse(Refusal(503, "There is no room."))

    def forget(self, connection: Connection) -> None:
        """Record which connection is closed."""
        self.forgotten.append(connection)


class Talk:
    """A client and its connection."""

    def __init__(self) -> None:
        self.client, file = socket.socketpair()
        self.client.setblocking(False)
        file.setblocking(False)
        self.loop = EventLoop()
        self.exchange = RecordingExchange()
        addresses = (CLIENT_ADDRESS, SERVER_ADDRESS)
        self.connection = Connection(file, addresses, self.loop, self.exchange, PATIENCE, MAX_BODY_BYTES)

    @property
    def state(self) -> State:
        """What the connection waits for."""
        return self.connection.state

    @property
    def targets(self) -> list[bytes]:
        """What has been submitted, in its order."""
        return [request.target for request in self.exchange.submitted]

    def turn(self) -> None:
        """Let the loop do all there is to do."""
        for _ in range(_N_TURNS):
            self.loop.turn(0.0)

    def send(self, content: bytes) -> None:
        """Send `content`, as far as it is taken, and turn the loop."""
        self.client.send(content)
        self.turn()

    def end(self) -> None:
        """Send nothing more."""
        self.client.shutdown(socket.SHUT_WR)
        self.turn()

    def answer(self, answer: bytes, keeps_on: bool = True) -> None:
        """Answer what has been submitted, and turn the loop."""
        self.connection.answer(answer, keeps_on)
        self.turn()

    def expire(self) -> None:
        """Have the connection look at the time just before its deadline, which changes nothing, and then at it."""
        state, deadline = self.state, self.connection.deadline
        self.connection.check_deadline(deadline - 0.001)
        assert self.state is state
        self.connection.check_deadline(deadline)
        self.turn()

    def read(self) -> bytes:
        """Return what has come to the client, and let more of it come."""
        parts = []
        with suppress(BlockingIOError):
            while part := self.client.recv(1 << 20):
                parts.append(part)
                self.turn()
        return b"".join(parts)

    def has_ended(self) -> bool:
        """Return whether nothing more comes to the client, who has read all."""
        try:
            return self.client.recv(1) == b""
        except BlockingIOError:
            return False

    def close(self) -> None:
        """Close both ends."""
        self.client.close()
        self.connection.close()
