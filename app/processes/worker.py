"""gunicorn's threaded worker, made patient with slow clients and exact towards broken ones.

A thread is lent to a connection only once something has arrived on it, and never for longer than the client keeps
sending. The worker's main loop, which accepts connections, never waits for any client.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import selectors
import socket
import struct
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn import util
from gunicorn.http.errors import ExpectationFailed, LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import ThreadWorker

from app.metrics import get_monitor
from app.monitoring.service_metrics import UNROUTED, ServiceMetrics
from app.problems import DETAILS, PROBLEM_MEDIA_TYPE, build_problem, encode_problem
from app.processes.connection import PatientConnection
from app.request_context import create_request_id
from app.serving import name_served_version

# How long a closed connection is kept for its client to read the answer: gunicorn's own value.
LINGER_SECONDS = 2.0

_REFUSALS: dict[type[Exception], tuple[int, str]] = {
    LimitRequestLine: (414, "The request line is too long."),
    LimitRequestHeaders: (431, "The header fields are too many or too long."),
    ExpectationFailed: (417, "The only expectation that can be met is 100-continue."),
    ParseException: (400, "The request is not well-formed HTTP."),
}
_REPORT_SECONDS = 1.0
_DOUBLE = struct.Struct("d")
_DEFECT = (500, DETAILS[500])
_GONE_BEFORE_ACCEPTED = {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}


class ServiceWorker(ThreadWorker):  # type: ignore[misc]
    """Answers what the HTTP parser refuses with a problem document, never with a 5xx, and waits for nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lingering: deque[PatientConnection] = deque()
        self._is_quitting = False
        self._metrics: ServiceMetrics
        self._next_report_at = 0.0
        self._ready_at = mmap.mmap(-1, _DOUBLE.size)  # shared with the master

    @property
    def ready_at(self) -> float:
        """When the worker had loaded its model and began to serve, by the monotonic clock; 0 before.

        To be asked in the master.
        """
        moment: float = _DOUBLE.unpack_from(self._ready_at)[0]
        return moment

    def use_row(self, number: int) -> None:
        """Count in the row `number` from now on."""
        monitor = get_monitor(self.app.callable)
        monitor.use_row(number)
        monitor.count_backlog = lambda: sum(listener.get_backlog() for listener in self.sockets)
        self._metrics = monitor.service

    def announce_ready(self) -> None:
        """Let the master know that this worker serves."""
        self._metrics.announce_worker(self.cfg.threads)
        _DOUBLE.pack_into(self._ready_at, 0, time.monotonic())

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Have the worker end at once, whatever it is doing.

        Ctrl-C comes twice, from the terminal and from the master. gunicorn's own handler takes a lock and raises, and
        either may leave a thread that nobody will ever wake; this one only tells the main loop.
        """
        self._is_quitting = True
        self.handle_exit(sig, frame)

    def notify(self) -> None:
        """Tell the master that this worker lives and, once a second, all others what it uses."""
        super().notify()
        now = time.monotonic()
        if now >= self._next_report_at:
            self._next_report_at = now + _REPORT_SECONDS
            self._metrics.note_usage(_read_resident_bytes(), time.process_time(), dropped_lines=0)

    def run(self) -> None:
        """Serve until told to end."""
        super().run()
        self.log.info("Worker exiting (pid: %s)", self.pid)
        os._exit(0)  # without waiting for threads, which may wait for their clients, nor for Python to tidy up

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for something to happen on a connection, and see to it."""
        super().wait_for_and_dispatch_events(timeout)
        if self._is_quitting:
            self.nr_conns = 0  # which ends gunicorn's wait for them

    def accept(self, listener: socket.socket) -> None:
        """Take a connection, and let it wait for its first byte where waiting costs no thread."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in _GONE_BEFORE_ACCEPTED:
                raise
            return
        connection = PatientConnection(self.cfg, client, address, listener.getsockname())
        connection.set_timeout()
        self.nr_conns += 1
        self.pending_conns.append(connection)
        self.poller.register(client, selectors.EVENT_READ, partial(self.on_pending_socket_readable, connection))

    def enqueue_req(self, conn: PatientConnection) -> None:
        """Have a thread see to a connection on which something has arrived."""
        conn.enqueued_at = time.perf_counter()
        self._metrics.enqueue()
        super().enqueue_req(conn)

    def handle(self, conn: PatientConnection) -> Any:
        """Answer the request that arrives on a connection; in a thread of the pool."""
        self._metrics.begin(time.perf_counter() - conn.enqueued_at)
        try:
            return super().handle(conn)
        finally:
            self._metrics.end()

    def finish_request(self, conn: PatientConnection, fs: Future[Any]) -> None:
        """Go on with a connection whose request has been answered, or whose client has left."""
        if not fs.cancelled() and fs.exception() is None and fs.result() is False:
            self._linger(conn)
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Close the connections that have waited too long; called about once a second."""
        super().murder_pending()
        now = time.monotonic()
        while self._lingering and self._lingering[0].timeout <= now:
            self._close(self._lingering[0])

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer on `client` for a request that failed with `exc` before or outside the application."""
        request_id = create_request_id()
        status, detail = next((answer for kind, answer in _REFUSALS.items() if isinstance(exc, kind)), _DEFECT)
        self._metrics.count_request(UNROUTED, "other", status)
        if status >= 500:
            self.log.error("Error handling request %s", request_id, exc_info=exc)
        else:
            self.log.warning("Refused a request with %s (%s) %s", status, type(exc).__name__, request_id)
        with contextlib.suppress(OSError):
            util.write_nonblock(client, self._encode_refusal(status, detail, request_id))

    def _keepalive_after(self, conn: PatientConnection, keepalive: bool) -> bool:
        # After a silence the rest of the body may still come; it must not be taken for a request.
        return bool(super()._keepalive_after(conn, keepalive)) and not conn.parser.unreader.has_timed_out

    def _linger(self, connection: PatientConnection) -> None:
        """Say that nothing more will be sent, and take in what the client sends until it closes as well.

        Closing at once would reset the connection if anything has not been read, and the client might lose the answer
        (RFC 9112, section 9.6). gunicorn waits here for the client, and accepts no other meanwhile.
        """
        try:
            connection.sock.shutdown(socket.SHUT_WR)
            connection.sock.setblocking(False)
        except OSError:
            self.nr_conns -= 1
            connection.close()
            return
        connection.timeout = time.monotonic() + LINGER_SECONDS
        self._lingering.append(connection)
        self.poller.register(connection.sock, selectors.EVENT_READ, partial(self._drain, connection))

    def _drain(self, connection: PatientConnection, client: socket.socket) -> None:
        try:
            has_ended = not client.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            has_ended = True
        if has_ended:
            self._close(connection)

    def _close(self, connection: PatientConnection) -> None:
        self._lingering.remove(connection)
        self.poller.unregister(connection.sock)
        self.nr_conns -= 1
        connection.close()

    def _encode_refusal(self, status: int, detail: str, request_id: str) -> bytes:
        problem = build_problem(status, detail, request_id)
        body = encode_problem(problem)
        head = (
            f"HTTP/1.1 {status} {problem['title']}\r\n"
            "Connection: close\r\n"
            f"Content-Type: {PROBLEM_MEDIA_TYPE}\r\n"
            f"Content-Length: {len(body)}\r\n"
            f"X-Request-ID: {request_id}\r\n"
            f"X-Model-Version: {name_served_version(self.app.callable)}\r\n"
            "\r\n"
        )
        return head.encode("ascii") + body


def _read_resident_bytes() -> int:
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * mmap.PAGESIZE
