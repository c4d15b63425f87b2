"""Stand-ins for the service: replicas that answer, refuse, fall silent or are gone, and note what they are asked."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.running_server import find_free_port

Behaviour = Callable[["Request"], None]

NOT_READY = {"type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": "Not yet."}


class Replica(ThreadingHTTPServer):
    """A replica at an address of its own that does with each request what `behave` says."""

    daemon_threads = True

    def __init__(self, address: str, port: int, behave: Behaviour) -> None:
        super().__init__((address, port), Request)
        self.address = address
        self.behave = behave
        self.asked: list[Message[str, str]] = []
        self.n_answered = 0
        self.is_ending = threading.Event()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve until the `with` block ends."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            self.is_ending.set()
            self.shutdown()
            thread.join()
            self.server_close()


class Request(BaseHTTPRequestHandler):
    """A request to a replica."""

    server: Replica
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take the request in, and behave."""
        self.rfile.read(int(self.headers.get("Content-Length") or "0"))
        self.server.asked.append(self.headers)
        self.server.behave(self)
        self.server.n_answered += 1

    do_GET = do_POST

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        """Send an answer; each of `headers` with `-` for `_`."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output to itself."""


def answer(request: Request) -> None:
    """Answer 200 with the address of the replica, and with the version of HTTP that it was asked in."""
    request.answer(200, f"{request.server.address} {request.request_version}".encode())


def refuse(request: Request) -> None:
    """Answer as one that has no model yet."""
    request.answer(503, json.dumps(NOT_READY).encode(), Content_Type="application/problem+json", Retry_After="1")


def fail(request: Request) -> None:
    """Answer as one that has a defect."""
    request.answer(500, b"a defect")


def break_off(request: Request) -> None:
    """Reset the connection, as one that is killed before it has answered."""
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()
    request.close_connection = True


def fall_silent(request: Request) -> None:
    """Never answer."""
    request.server.is_ending.wait()
    request.close_connection = True


@contextmanager
def run_replicas(*behaviours: Behaviour) -> Iterator[list[Replica]]:
    """Run replicas at 127.0.0.2, 127.0.0.3, …, all at one port, until the `with` block ends."""
    port = find_free_port()
    replicas = [Replica(f"127.0.0.{host}", port, behave) for host, behave in enumerate(behaviours, start=2)]
    with ExitStack() as stack:
        for replica in replicas:
            stack.enter_context(replica.serving())
        yield replicas


@contextmanager
def hold_unreachable(address: str, port: int) -> Iterator[None]:
    """Let no connection to an address come about, as if its machine were gone, until the `with` block ends."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((address, port))
        listener.listen(0)
        # What fills the queue is never accepted, and what comes after it is dropped.
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))
        yield
