"""A relay before the server, which hands bytes on as they come and counts the connections."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.support.running_server import RunningServer

_RECEIVE_BYTES = 64 * 1024


class Relay(socketserver.ThreadingTCPServer):
    """Relays connections to a server, each to one of its own."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.n_connections = 0
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """The address of the server behind the relay."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(socketserver.BaseRequestHandler):
    request: socket.socket
    server: Any

    def handle(self) -> None:
        self.server.n_connections += 1
        with self.server.server.connect() as served:
            sending = threading.Thread(target=_hand_on, args=(self.request, served))
            sending.start()
            _hand_on(served, self.request)
            sending.join()


def _hand_on(giver: socket.socket, taker: socket.socket) -> None:
    with suppress(OSError):  # one of them is gone
        while received := giver.recv(_RECEIVE_BYTES):
            taker.sendall(received)
    with suppress(OSError):
        taker.shutdown(socket.SHUT_WR)


@contextmanager
def run_relay(server: RunningServer) -> Iterator[Relay]:
    """Run a relay before `server` until the `with` block ends."""
    with Relay(server) as relay:
        thread = threading.Thread(target=relay.serve_forever)
        thread.start()
        try:
            yield relay
        finally:
            relay.shutdown()
            thread.join()
