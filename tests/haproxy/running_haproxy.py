"""Runs the real HAProxy, which keeps its connections to the service and sends requests of all clients on them."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.running_program import run_program
from tests.support.running_server import DEADLINE_SECONDS, find_free_port, wait_until

# One thread, so that the lines of the log are in the order of what they are about. Nothing is asked twice.
_CONFIGURATION = """
global
    nbthread 1
    maxconn 256
    log {log} local0

defaults
    mode http
    log global
    log-format "%s %ST %HP"
    option dontlognull
    option http-keep-alive
    http-reuse always
    retries 0
    timeout connect 60s
    timeout client 60s
    timeout server 60s

frontend clients
    bind 127.0.0.1:{port}
    default_backend service

backend service
    server replica 127.0.0.1:{service_port}
"""
_NO_SERVER = "<NOSRV>"


@dataclass(frozen=True)
class LogLine:
    """What HAProxy says of a request, once it is over."""

    server: str
    status: str
    path: str

    @property
    def is_forwarded(self) -> bool:
        """Whether the service was asked."""
        return self.server != _NO_SERVER


@dataclass(frozen=True)
class RunningHaproxy:
    """A HAProxy of the tests."""

    port: int
    log: deque[LogLine]
    """The lines that have come, and have not been read yet."""

    def connect(self) -> socket.socket:
        """Return a new connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_SECONDS)

    def read_log_to(self, path: str) -> list[LogLine]:
        """Return the lines that have come since the last time, up to that of a request for `path`."""
        wait_until(lambda: any(line.path == path for line in list(self.log)), f"HAProxy logs {path}")
        lines = [self.log.popleft()]
        while lines[-1].path != path:
            lines.append(self.log.popleft())
        return lines


@contextmanager
def collect_lines(folder: Path) -> Iterator[tuple[Path, deque[LogLine]]]:
    """Receive what is logged to a socket in `folder` until the `with` block ends: of what waits there, most is lost."""
    lines: deque[LogLine] = deque()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(folder / "log"))
        thread = threading.Thread(target=_collect, args=(log, lines))
        thread.start()
        try:
            yield folder / "log", lines
        finally:
            log.shutdown(socket.SHUT_RDWR)
            thread.join()


def _collect(log: socket.socket, lines: deque[LogLine]) -> None:
    while line := log.recv(65536):
        lines.append(_parse_line(line.decode("ascii", "replace")))


def _parse_line(line: str) -> LogLine:
    """Return what is said behind the header of syslog."""
    return LogLine(*line.rstrip("\n").partition("]: ")[2].split(" ", 2))


@contextmanager
def run_haproxy(service_port: int) -> Iterator[RunningHaproxy]:
    """Run HAProxy in front of the service until the `with` block ends."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="haproxy-")))
        log, lines = stack.enter_context(collect_lines(folder))
        port, file = find_free_port(), folder / "haproxy.cfg"
        file.write_text(_CONFIGURATION.format(log=log, port=port, service_port=service_port))
        command = [find_haproxy(), "-db", "-f", str(file)]
        stack.enter_context(run_program(command, folder / "output", lambda: _is_listening(port)))
        yield RunningHaproxy(port, lines)


def find_haproxy() -> str:
    """Return the path of HAProxy."""
    program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "The tests need HAProxy: Debian's package haproxy has it."
    return program


def _is_listening(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False
