"""The dispatcher: it has the requests of all connections answered, by the loop itself or in a thread, or refuses them.

What is quick is answered by the loop: handing it to a thread would cost more than that. What is slow goes to a thread,
so that the loop goes on. What monitors ask for is never kept waiting.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial

from app.metrics.requests import RequestMetrics
from app.server.connection import MAX_DRAINED_BYTES, Connection
from app.server.connections import Connections
from app.server.lane import Lane, Waiting
from app.server.loop import EventLoop
from app.server.refusal import Defect, Overloaded, Refusal
from app.server.refuser import Refuser
from app.server.request import HttpRequest
from app.server.request_start import is_trusted, measure_age
from app.server.states import State
from app.server.wsgi import BodyWanted, WsgiServer, defer_body
from app.web.facts import QUEUE_SECONDS
from app.web.service import Pace, Service

_logger = logging.getLogger("app.server")

PROBED_TARGETS = frozenset({b"/health", b"/ready", b"/metrics"})
# How long the loop answers before it looks again at what has arrived.
_TURN_SECONDS = 0.002
# How many may wait in threads to share a pass.
_MOST_SHARING = 32


class Dispatcher:
    """Answers the requests of a worker's connections."""

    def __init__(
        self,
        wsgi: WsgiServer,
        service: Service,
        metrics: RequestMetrics,
        loop: EventLoop,
        connections: Connections,
        n_threads: int,
    ) -> None:
        deadline_seconds = service.settings.request_deadline_seconds
        self.keeps_connections = service.settings.keepalive_seconds > 0
        """Whether connections go on after an answer; not once the worker is to end."""
        self.refuser = Refuser(service, metrics)
        self._connections = connections
        self._proxies = service.settings.trusted_proxies
        self._wsgi = wsgi
        self._service = service
        self._metrics = metrics
        self._loop = loop
        self._arriving: deque[Waiting] = deque()  # whose bodies may not be needed
        # All that wait to share a pass have threads; of the others, more at once would only take longer each.
        n_of_pace = {Pace.QUICK: 1, Pace.SHARED: _MOST_SHARING, Pace.SLOW: n_threads}
        self._lanes = {pace: Lane(deadline_seconds, n_servers) for pace, n_servers in n_of_pace.items()}
        self._quick = self._lanes[Pace.QUICK]
        self._pool = ThreadPoolExecutor(_MOST_SHARING + n_threads, thread_name_prefix="pass")

    @property
    def has_waiting(self) -> bool:
        """Whether the loop has something to answer."""
        return bool(self._quick.waiting or self._arriving)

    def run(self) -> None:
        """Answer some of what waits, and see whether what is arriving can be answered already: each in turn."""
        end = time.monotonic() + _TURN_SECONDS
        while self.has_waiting:
            if self._quick.waiting:
                self._answer_first()
            if self._arriving:
                self._answer_arriving(self._arriving.popleft())
            if time.monotonic() > end:
                break

    def submit(self, connection: Connection, request: HttpRequest) -> None:
        """Answer a request, now or later."""
        if request.target in PROBED_TARGETS:
            self._answer(connection, request)
            return
        lane = self._lanes[self._service.choose_pace(request.target, request.n_body_bytes)]
        waiting = Waiting(connection, request)
        try:
            lane.admission.check(len(lane.waiting), time.monotonic())
        except Overloaded as refusal:
            self._refuse(waiting, refusal)
            self._shed(lane.waiting, lane.admission.limit)
            return
        self._metrics.enqueue()
        lane.waiting.append(waiting)
        if lane is not self._quick:
            self._start_threads(lane)

    def ask_early(self, connection: Connection, request: HttpRequest) -> None:
        """Answer a request whose body has not arrived, in its turn, if no body is needed for that."""
        self._arriving.append(Waiting(connection, request))

    def _answer_first(self) -> None:
        waiting = self._take(self._quick)
        if waiting is not None:
            began_at = time.monotonic()
            self._answer(waiting.connection, waiting.request)
            self._quick.admission.record(time.monotonic() - began_at)

    def _answer_arriving(self, arriving: Waiting) -> None:
        connection, request = arriving.connection, arriving.request
        if not connection.awaits_body_of(request):
            return
        environ = self._wsgi.build_environ(request, connection.client_address, connection.server_address)
        defer_body(environ)
        # What waits to be asked for its body will not send it now; and nobody waits for more than can be thrown away.
        keeps_on = self._keeps_on(request) and not request.expects_continue and _is_drained(request)
        try:
            answer = self._wsgi.answer(environ, keeps_on)
        except (BodyWanted, Exception):  # what fails will fail again, and then be answered for
            connection.ask_for_body(request)
        else:
            connection.answer_early(answer, keeps_on)

    def refuse(self, connection: Connection, fault: Refusal, request: HttpRequest | None) -> None:
        """Answer what is no request, or has not come in time; nothing more is read on the connection."""
        began_at = request.began_at if request is not None else time.monotonic()
        answer = self.refuser.refuse(fault, request, str(connection.client_address[0]), began_at)
        connection.answer(answer, keeps_on=False)

    def forget(self, connection: Connection) -> None:
        """Let go of a connection, which is closed."""
        self._connections.remove(connection)

    def count_received(self, n_bytes: int) -> None:
        """Take note of so many bytes, which may be kept."""
        self._connections.count_received(n_bytes)

    def _shed(self, queue: deque[Waiting], n_kept: int) -> None:
        """Refuse the last of those that wait, for which there turned out to be too many before them."""
        while len(queue) > n_kept:
            waiting = queue.pop()
            self._metrics.dequeue()
            self._refuse(waiting, Overloaded())

    def _take(self, lane: Lane) -> Waiting | None:
        """Take the first of those that wait; `None` where nobody waits for its answer any more."""
        waiting = lane.waiting.popleft()
        self._metrics.dequeue()
        if waiting.connection.state is State.CLOSED:
            return None
        try:
            now = time.monotonic()
            lane.admission.check_age(self._find_start(waiting, now), now)
        except Overloaded as refusal:
            self._refuse(waiting, refusal)
            return None
        return waiting

    def _find_start(self, waiting: Waiting, now: float) -> float:
        """Return since when a caller has been waiting, as far as that is our doing, or that of a trusted proxy."""
        header = waiting.request.get_header(b"x-request-start")
        if header is None or not is_trusted(waiting.connection.client_address[0], self._proxies):
            return waiting.request.completed_at
        return min(now - measure_age(header, time.time()), waiting.request.completed_at)

    def _start_threads(self, lane: Lane) -> None:
        while lane.waiting and lane.n_free:
            waiting = self._take(lane)
            if waiting is not None:
                lane.n_free -= 1
                try:
                    self._pool.submit(self._answer_in_thread, lane, waiting)
                except RuntimeError as error:  # it is in the pool's queue all the same, for a thread that comes to it
                    _logger.error("No thread can be started for a slow request, which waits for another: %s.", error)

    def _answer_in_thread(self, lane: Lane, waiting: Waiting) -> None:
        began_at = time.monotonic()
        keeps_on = self._keeps_on(waiting.request)
        combiner = self._service.get_served().combiner if lane is self._lanes[Pace.SHARED] else None
        with combiner.announce() if combiner is not None else nullcontext():
            answer = self._compute(waiting.connection, waiting.request, keeps_on)
        seconds = time.monotonic() - began_at
        self._loop.hand_over(partial(self._finish, lane, waiting.connection, answer, keeps_on, seconds))

    def _finish(self, lane: Lane, connection: Connection, answer: bytes, keeps_on: bool, seconds: float) -> None:
        lane.n_free += 1
        lane.admission.record(seconds)
        connection.answer(answer, keeps_on)
        self._start_threads(lane)

    def _answer(self, connection: Connection, request: HttpRequest) -> None:
        keeps_on = self._keeps_on(request)
        connection.answer(self._compute(connection, request, keeps_on), keeps_on)

    def _compute(self, connection: Connection, request: HttpRequest, keeps_on: bool) -> bytes:
        """Return the application's answer. For any thread."""
        began_at = time.monotonic()
        environ = self._wsgi.build_environ(request, connection.client_address, connection.server_address)
        environ[QUEUE_SECONDS] = began_at - request.completed_at
        self._metrics.begin()
        try:
            return self._wsgi.answer(environ, keeps_on)
        except (Exception, SystemExit) as error:
            defect = Defect()
            defect.__cause__ = error
            return self.refuser.refuse(defect, request, str(connection.client_address[0]), began_at, keeps_on)
        finally:
            self._metrics.end()

    def _refuse(self, waiting: Waiting, refusal: Overloaded) -> None:
        keeps_on = self._keeps_on(waiting.request)
        waiting.connection.answer(self.refuser.refuse_for_overload(refusal, waiting.request, keeps_on), keeps_on)

    def _keeps_on(self, request: HttpRequest) -> bool:
        return request.keeps_connection and self.keeps_connections


def _is_drained(request: HttpRequest) -> bool:
    """Return whether what is said to be the rest of a body is no more than is thrown away."""
    length = request.get_header(b"content-length")
    return length is None or int(length) <= MAX_DRAINED_BYTES
