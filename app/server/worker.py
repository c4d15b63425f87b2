"""The worker: gunicorn's, with a loop that reads requests, has them answered and writes the answers, without waiting.

Only a whole request reaches the application, and no client holds a thread. See docs/server.md for why it is so, and
what was measured.
"""

from __future__ import annotations

import faulthandler
import mmap
import os
import resource
import socket
import struct
import time
from contextlib import suppress
from typing import Any

from app.logs import finish_log, flush_log
from app.server.acceptor import Acceptor
from app.server.board import Place
from app.server.connection import Connection
from app.server.connections import Connections
from app.server.dispatcher import Dispatcher
from app.server.internals import Worker
from app.server.loop import READ, EventLoop
from app.server.states import Patience
from app.server.usage import report_usage
from app.server.wsgi import WsgiServer
from app.web.service import Service, get_service

_TICK_SECONDS = 0.25
_REPORT_SECONDS = 1.0
# How long a worker that is to end leaves idle connections open, for a request that a client may be sending: gunicorn's.
_FAREWELL_SECONDS = 2.0
# File descriptors for all but connections.
_RESERVED_FILES = 64
_LEAST_BUFFERED_BYTES = 128 * 1024 * 1024
_MOST_STACK_BYTES = 64 * 1024
_MOMENT = struct.Struct("d?")


class ServiceWorker(Worker):  # type: ignore[misc]  # gunicorn has no types
    """Serves by an event loop."""

    place: Place
    """Where the other workers see how many connections this one has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_quitting = False
        self._next_tick_at = self._next_report_at = 0.0
        self._shared = mmap.mmap(-1, _MOMENT.size)  # with the master
        self.stacks = open(os.memfd_create("stacks"), "w+b", buffering=0)
        """Where a worker leaves the stacks of its threads when it crashes, or is killed as it hangs, for the master."""

    @property
    def ready_at(self) -> float:
        """When the worker had loaded its model and began to serve, by the monotonic clock; 0 before.

        For the master, which shares the memory.
        """
        moment: float = _MOMENT.unpack_from(self._shared)[0]
        return moment

    def tell_last(self) -> None:
        """Have the worker know that no other will serve when it ends: the master ends. For the master."""
        _MOMENT.pack_into(self._shared, 0, self.ready_at, True)

    def read_stacks(self) -> str:
        """Return what the worker has left there, once it has ended. For the master."""
        return os.pread(self.stacks.fileno(), _MOST_STACK_BYTES, 0).decode("utf-8", "backslashreplace").strip()

    def use_row(self, number: int) -> None:
        """Count in the row `number` from now on."""
        monitor = get_service(self.app.callable).monitor
        monitor.use_row(number)
        monitor.count_backlog = lambda: sum(listener.get_backlog() for listener in self.sockets)

    def announce_ready(self) -> None:
        """Record where the master sees it that this worker serves."""
        get_service(self.app.callable).monitor.workers.set_ready(self.cfg.threads)
        _MOMENT.pack_into(self._shared, 0, time.monotonic(), False)

    def init_signals(self) -> None:
        """Handle signals: SIGABRT, by which the master ends a worker that hangs, has it leave its stacks."""
        super().init_signals()
        faulthandler.enable(self.stacks)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Have the worker end at once, whatever it is doing.

        Ctrl-C comes twice, from the terminal and from the master. gunicorn's own handler raises, and may leave a thread
        that nobody will ever wake; this one only has the loop end.
        """
        self._is_quitting = True
        self.handle_exit(sig, frame)

    def run(self) -> None:
        """Serve until a signal ends it."""
        service = get_service(self.app.callable)
        self._prepare(service)
        self._acceptor.start()
        while self.alive:
            self._turn()
            if self.ppid != os.getppid():
                self.log.info("The master is gone: the worker ends as well.")
                break
        self._end_gracefully()
        self._leave(service)

    def _prepare(self, service: Service) -> None:
        settings = service.settings
        self._loop = EventLoop()
        self._loop.watch(self.PIPE[0], READ, self._drain_signals)
        served = service.get_served()
        max_body_bytes = served.max_body_bytes
        max_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._connections = Connections(
            max(1, min(settings.max_connections, max_files - _RESERVED_FILES)),
            max(_LEAST_BUFFERED_BYTES, 2 * max_body_bytes),
            self.place,
        )
        self._dispatcher = Dispatcher(
            WsgiServer(self.wsgi), service, service.monitor.requests, self._loop, self._connections, self.cfg.threads
        )
        self._acceptor = Acceptor(
            self.sockets, self._loop, self.place, self._begin_connection, self._connections.make_room
        )
        self._patience = Patience(
            float(settings.keepalive_seconds or settings.header_timeout_seconds),
            float(settings.header_timeout_seconds),
            float(settings.body_timeout_seconds),
        )
        self._max_body_bytes = max_body_bytes

    def _begin_connection(self, client: socket.socket, address: Any, listener_address: Any) -> None:
        addresses = (address or ("", 0), listener_address)
        connection = Connection(client, addresses, self._loop, self._dispatcher, self._patience, self._max_body_bytes)
        self._connections.add(connection)

    def _turn(self) -> None:
        """See to what has happened, answer some of what waits, and look after the rest once in a while."""
        now = time.monotonic()
        wakes_at = min(self._next_tick_at, self._acceptor.resumes_at or self._next_tick_at)
        self._loop.turn(0.0 if self._dispatcher.has_waiting else max(wakes_at - now, 0.0))
        self.place.count_turn()
        self._dispatcher.run()
        now = time.monotonic()
        if self._acceptor.resumes_at is not None and self._acceptor.resumes_at <= now:
            self._acceptor.resume()
        if now >= self._next_tick_at:
            self._next_tick_at = now + _TICK_SECONDS
            self._tick(now)

    def _tick(self, now: float) -> None:
        self._connections.check_deadlines()
        if now >= self._next_report_at:
            self._next_report_at = now + _REPORT_SECONDS
            self.notify()  # that it lives
            self.place.forget_half()
            self._dispatcher.refuser.log_overload()
            flush_log()
            report_usage(get_service(self.app.callable))

    def _end_gracefully(self) -> None:
        """Answer what there is to answer; the master kills who takes too long."""
        if self._is_quitting:
            return
        self._acceptor.stop(is_last=_MOMENT.unpack_from(self._shared)[1])
        self._dispatcher.keeps_connections = False
        self._connections.hurry(_FAREWELL_SECONDS)
        while len(self._connections) and not self._is_quitting:
            self._turn()

    def _leave(self, service: Service) -> None:
        service.close_prediction_log()
        self.log.info("Worker exiting (pid: %s)", self.pid)
        service.tracer.close()
        self._dispatcher.refuser.log_overload()
        finish_log()
        report_usage(service)
        os._exit(0)  # without waiting for threads, nor for Python to tidy up

    def _drain_signals(self, events: int) -> None:
        with suppress(BlockingIOError):
            os.read(self.PIPE[0], 4096)
