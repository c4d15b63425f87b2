"""The worker: gunicorn's with threads, patient with slow clients and exact towards broken ones.

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
import threading
import time
from concurrent.futures import Future
from functools import partial
from typing import Any

from app.logs import finish_log, flush_log
from app.metrics.requests import UNROUTED, RequestMetrics
from app.server.connection import PatientConnection
from app.server.internals import ThreadWorker, write_nonblock
from app.server.lingering import LingeringConnections
from app.server.refusal import choose_refusal, encode_refusal
from app.server.usage import report_usage
from app.web.access_line import log_refused
from app.web.facts import create_request_id
from app.web.service import get_service

_REPORT_SECONDS = 1.0
_DOUBLE = struct.Struct("d")
# When the thread began with its request, for where gunicorn hands on no more than the socket.
_thread = threading.local()
_GONE_BEFORE_ACCEPTED = {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}


class ServiceWorker(ThreadWorker):  # type: ignore[misc]
    """Answers what the HTTP parser refuses with a problem document, never with a 5xx, and waits for nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lingering = LingeringConnections(self._count_closed)
        self._is_quitting = False
        self._requests: RequestMetrics
        self._next_report_at = 0.0
        self._ready_at = mmap.mmap(-1, _DOUBLE.size)  # shared with the master

    @property
    def ready_at(self) -> float:
        """When the worker had loaded its model and began to serve, by the monotonic clock; 0 before.

        For the master, which shares the memory.
        """
        moment: float = _DOUBLE.unpack_from(self._ready_at)[0]
        return moment

    def use_row(self, number: int) -> None:
        """Count in the row `number` from now on."""
        monitor = get_service(self.app.callable).monitor
        monitor.use_row(number)
        monitor.count_backlog = lambda: sum(listener.get_backlog() for listener in self.sockets)
        self._requests = monitor.requests

    def announce_ready(self) -> None:
        """Record where the master sees it that this worker serves."""
        get_service(self.app.callable).monitor.workers.set_ready(self.cfg.threads)
        _DOUBLE.pack_into(self._ready_at, 0, time.monotonic())

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Have the worker end at once, whatever it is doing.

        Ctrl-C comes twice, from the terminal and from the master. gunicorn's own handler takes a lock and raises, and
        either may leave a thread that nobody will ever wake; this one only has the main loop end.
        """
        self._is_quitting = True
        self.handle_exit(sig, frame)

    def notify(self) -> None:
        """Show the master that this worker lives; once a second write the log that waits, and report what it uses."""
        super().notify()
        now = time.monotonic()
        if now >= self._next_report_at:
            self._next_report_at = now + _REPORT_SECONDS
            flush_log()
            report_usage(get_service(self.app.callable))

    def run(self) -> None:
        """Serve until a signal ends it."""
        super().run()
        service = get_service(self.app.callable)
        service.close_prediction_log()
        self.log.info("Worker exiting (pid: %s)", self.pid)
        service.tracer.close()
        finish_log()
        report_usage(get_service(self.app.callable))
        os._exit(0)  # without waiting for threads, which may wait for their clients, nor for Python to tidy up

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for something to happen on a connection, and handle it."""
        super().wait_for_and_dispatch_events(timeout)
        if self._is_quitting:
            self.nr_conns = 0  # which ends gunicorn's wait for them

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, and have it wait for its first byte where waiting costs no thread."""
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
        """Have a thread handle a connection on which something has arrived."""
        conn.enqueued_at = time.perf_counter()
        self._requests.enqueue()
        super().enqueue_req(conn)

    def handle(self, conn: PatientConnection) -> Any:
        """Answer the request that arrives on a connection; in a thread of the pool."""
        _thread.began_at_seconds = time.perf_counter()
        self._requests.begin(_thread.began_at_seconds - conn.enqueued_at)
        try:
            return super().handle(conn)
        finally:
            self._requests.end()

    def finish_request(self, conn: PatientConnection, fs: Future[Any]) -> None:
        """Go on with a connection whose request has been answered, or whose client has left."""
        if not fs.cancelled() and fs.exception() is None and fs.result() is False:
            self._lingering.add(conn, self.poller)
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Close the connections that have waited too long; called about once a second."""
        super().murder_pending()
        self._lingering.close_overdue(self.poller)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer on `client` for a request that failed with `exc` before or outside the application."""
        request_id, version = create_request_id(), get_service(self.app.callable).served_version
        status, detail = choose_refusal(exc)
        with contextlib.suppress(OSError):
            write_nonblock(client, encode_refusal(status, detail, request_id, version))
        duration_seconds = time.perf_counter() - _thread.began_at_seconds
        self._requests.count(UNROUTED, "other", status, duration_seconds)
        log_refused(status, exc, request_id, duration_seconds, version, client=addr[0] if addr else "")

    def _keepalive_after(self, conn: PatientConnection, keepalive: bool) -> bool:
        # After a silence the rest of the body may still come; it must not be taken for a request.
        return bool(super()._keepalive_after(conn, keepalive)) and not conn.parser.unreader.has_timed_out

    def _count_closed(self) -> None:
        self.nr_conns -= 1
