"""Listeners at which clients connect, and the acceptor of a worker who shares them with another."""

from __future__ import annotations

import socket
from typing import Any

from app.server.acceptor import Acceptor
from app.server.board import Board
from app.server.loop import EventLoop


class Listener:
    """A socket that listens, as gunicorn wraps it."""

    def __init__(self) -> None:
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.sock.setblocking(False)
        self.errors: list[int] = []
        """What prevents the next connections from being accepted."""

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection, or fail."""
        if self.errors:
            raise OSError(self.errors.pop(0), "cannot be accepted")
        return self.sock.accept()

    def getsockname(self) -> Any:
        """Return the address."""
        return self.sock.getsockname()

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()


class Hall:
    """Two listeners, a worker at the first of two places, and clients."""

    def __init__(self) -> None:
        self.listeners = [Listener(), Listener()]
        self.loop = EventLoop()
        board = Board(2)
        self.place, self.other = board.get_place(0), board.get_place(1)
        self.received: list[socket.socket] = []
        self.addresses: list[tuple[Any, Any]] = []
        self.clients: list[socket.socket] = []
        self.has_room = True
        self.acceptor = Acceptor(self.listeners, self.loop, self.place, self.receive, lambda: self.has_room)

    def receive(self, client: socket.socket, address: Any, listener_address: Any) -> None:
        """Take a connection."""
        self.received.append(client)
        self.addresses.append((address, listener_address))
        self.place.set_connections(len(self.received))

    def connect(self, n_clients: int = 1, number: int = 0) -> None:
        """Connect to a listener, and let the loop do what there is to do."""
        address = self.listeners[number].getsockname()
        self.clients += [socket.create_connection(address, timeout=10) for _ in range(n_clients)]
        self.turn()

    def turn(self) -> None:
        """Let the loop do what there is to do."""
        for _ in range(20):
            self.loop.turn(0.0)

    def resume(self) -> None:
        """Have the acceptor go on, as the worker does when it is time."""
        assert self.acceptor.resumes_at is not None
        self.acceptor.resume()
        self.turn()

    def close(self) -> None:
        """Close all sockets."""
        for listener in self.listeners:
            listener.close()
        for end in (*self.received, *self.clients):
            end.close()
