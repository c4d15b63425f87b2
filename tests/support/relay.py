"""A relay before the service, which notes what either side says to the other."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

from tests.support.conversation import split_answers
from tests.support.raw_http import RawAnswer
from tests.support.running_server import DEADLINE_SECONDS


class Exchange:
    """One connection to the service."""

    def __init__(self, service: socket.socket) -> None:
        self.service = service
        self.asked = bytearray()
        self.answered = bytearray()
        self.is_over = threading.Event()


class Relay(ThreadingTCPServer):
    """Hands on what comes at a port of its own to the service, and its answers back."""

    daemon_threads = True

    def __init__(self, service_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service_port = service_port
        self.exchanges: list[Exchange] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self.server_address[1]
        return port

    @property
    def url(self) -> str:
        """The address of the service behind it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def n_connections(self) -> int:
        """How many there were since answers were taken."""
        return len(self.exchanges)

    def take_answers(self) -> list[RawAnswer]:
        """Return what the service has answered since the last time.

        The service is told that nothing more will come, and answers all that it takes for a request before it ends.
        """
        exchanges, self.exchanges = self.exchanges, []
        for exchange in exchanges:
            with suppress(OSError):
                exchange.service.shutdown(socket.SHUT_WR)
        for exchange in exchanges:
            assert exchange.is_over.wait(DEADLINE_SECONDS), f"The service ends no connection: {exchange.asked!r}"
        return [answer for exchange in exchanges for answer in split_answers(bytes(exchange.answered))]


class _Handler(BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.service_port)) as service:
            exchange = Exchange(service)
            self.server.exchanges.append(exchange)
            asking = threading.Thread(target=_hand_on, args=(self.request, service, exchange.asked))
            asking.start()
            _hand_on(service, self.request, exchange.answered)
            exchange.is_over.set()
            with suppress(OSError):
                self.request.shutdown(socket.SHUT_RDWR)
            asking.join()


def _hand_on(source: socket.socket, target: socket.socket, noted: bytearray) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            noted += part
            target.sendall(part)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def run_relay(service_port: int) -> Iterator[Relay]:
    """Run a relay to the service until the `with` block ends."""
    with Relay(service_port) as relay:
        thread = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield relay
        finally:
            relay.shutdown()
            thread.join()
