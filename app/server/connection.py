"""A connection: requests that arrive one after the other, and their answers; each step has a deadline as a whole."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

from app.server.loop import EventLoop
from app.server.parser import RequestParser
from app.server.refusal import Refusal, TooSlow
from app.server.request import HttpRequest
from app.server.states import Patience, State
from app.server.stream import Stream
from app.web.facts import create_request_id

# A client that is still sending reads no answer. So what is left of a refused body is taken in and thrown away, up to
# this much; a client that sends more is cut off.
MAX_DRAINED_BYTES = 64 * 1024 * 1024
# How long a connection on which nothing more is sent is kept for its client to read the answer, and to close it
# (RFC 9112, section 9.6): gunicorn's own value.
LINGER_SECONDS = 2.0

# How long an answer that needs no body is kept back for a client that is still sending one.
EARLY_SECONDS = 0.1

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_logger = logging.getLogger("app.server")
Step = TypeVar("Step", bound=Callable[..., None])


def _at_its_own_cost(step: Step) -> Step:
    """Have a defect in a step cost no more than the connection: it is logged, and the loop goes on with the others."""

    @wraps(step)
    def take(self: Connection, *arguments: Any, **named: Any) -> None:
        try:
            step(self, *arguments, **named)
        except Exception:
            # With an id of its own, so that what the exception says, which may quote the client, is not logged.
            _logger.exception("A connection is closed by a defect.", extra={"request_id": create_request_id()})
            self.close()

    return cast(Step, take)


class Exchange(Protocol):
    """Who answers the requests of connections."""

    def submit(self, connection: Connection, request: HttpRequest) -> None:
        """Have a request answered by `connection.answer`, now or later."""

    def ask_early(self, connection: Connection, request: HttpRequest) -> None:
        """Have a request answered by `connection.answer_early` if no body is needed, or else `ask_for_body` called.

        Its body has not arrived; neither is for one that `awaits_body_of` no more.
        """

    def refuse(self, connection: Connection, fault: Refusal, request: HttpRequest | None) -> None:
        """Have what is no request answered, or what has not come in time."""

    def count_received(self, n_bytes: int) -> None:
        """Take note of so many bytes, which may be kept."""

    def forget(self, connection: Connection) -> None:
        """Let go of a connection, which is closed."""


class Connection:
    """The connection of one client. Its methods are for the thread of the loop."""

    def __init__(
        self,
        file: socket.socket,
        addresses: tuple[tuple[Any, ...], tuple[Any, ...]],
        loop: EventLoop,
        exchange: Exchange,
        patience: Patience,
        max_body_bytes: int,
    ) -> None:
        """Begin to read from `file`; `addresses` are the client's and the one at which it has come."""
        self.client_address, self.server_address = addresses
        self.state = State.IDLE
        self.deadline = time.monotonic() + patience.idle
        self._exchange = exchange
        self._patience = patience
        self._parser = RequestParser(max_body_bytes)
        self._asked: HttpRequest | None = None  # which is answered now
        self._early_answer: tuple[bytes, bool] | None = None
        self._keeps_on = True
        self._client_has_ended = False
        self._n_drained_bytes = 0
        self._lingers_until = 0.0
        self._free_since = time.monotonic()  # to read the next request
        self._is_stepping = self._steps_again = False
        self._stream = Stream(file, loop, self)

    @property
    def n_buffered_bytes(self) -> int:
        """How much of requests and of an answer is kept."""
        requests = {self._asked, self._parser.current, *self._parser.completed} - {None}
        n_received = sum(len(chunk) for request in requests if request is not None for chunk in request.chunks)
        return self._stream.n_unsent_bytes + n_received

    @_at_its_own_cost
    def answer(self, answer: bytes, keeps_on: bool) -> None:
        """Send the whole `answer` to what has been submitted, after which the connection goes on or ends."""
        if self.state is State.CLOSED:
            return
        self._keeps_on = keeps_on
        self.state = State.ANSWERING
        self.deadline = time.monotonic() + self._patience.body
        self._stream.send(answer)

    @_at_its_own_cost
    def answer_early(self, answer: bytes, keeps_on: bool) -> None:
        """Answer the request that is arriving, without its body.

        A client that has its body held back is answered at once. Another one is about to send it, and may not look for
        an answer before: it is answered once it has, but no more than a moment later.
        """
        request = self._asked = self._parser.current
        if request is None or request.expects_continue:
            self.answer(answer, keeps_on)
            return
        _discard(request)
        self._early_answer = answer, keeps_on
        self.deadline = time.monotonic() + EARLY_SECONDS

    def awaits_body_of(self, request: HttpRequest) -> bool:
        """Return whether the body of a request is still arriving, or is yet to be asked for."""
        return self.state is State.BODY and self._parser.current is request

    @_at_its_own_cost
    def ask_for_body(self, request: HttpRequest) -> None:
        """Ask a client for the body of a request that it holds back, if it does."""
        if request.expects_continue and not request.n_body_bytes:
            self._stream.send_aside(_CONTINUE)

    @_at_its_own_cost
    def check_deadline(self, now: float) -> None:
        """Let the client go if it has taken too long."""
        if now < self.deadline or self.state is State.WAITING:
            return
        request = self._parser.current
        if self._early_answer is not None:
            self._send_early_answer()
        elif self.state is State.HEAD and request is not None:
            self._refuse(TooSlow(), request)
        elif self.state is State.BODY and request is not None:
            self._submit_as_it_is(request)
        else:
            self.close()

    @_at_its_own_cost
    def refuse(self, refusal: Refusal) -> None:
        """Answer a request that is still arriving, and read no more of it."""
        self._refuse(refusal, self._parser.current)

    def hurry(self, deadline: float) -> None:
        """Have an idle client wait until `deadline` at most."""
        if self.state is State.IDLE:
            self.deadline = min(self.deadline, deadline)

    def close(self) -> None:
        """Close the connection, whatever it waits for."""
        if self.state is not State.CLOSED:
            self._stream.close()
            self.on_lost()

    def on_lost(self) -> None:
        """Take note that the client is gone."""
        self.state = State.CLOSED
        self._asked = None
        self._exchange.forget(self)

    @_at_its_own_cost
    def on_received(self, received: bytes) -> None:
        """Parse what has arrived, and go on with it."""
        self._exchange.count_received(len(received))  # which may let go of this one as well
        if self.state is State.CLOSED:
            return
        if self.state in (State.WAITING, State.ANSWERING):
            self._stream.pause()  # after this, which is parsed already
            self._parser.feed(received)
        elif self.state is State.LINGERING:
            self._drain(len(received))
        else:
            self._parser.feed(received)
            if self.state is State.DISCARDING:
                self._count_discarded(len(received))
            else:
                self._go_on()

    @_at_its_own_cost
    def on_end(self) -> None:
        """Answer what there is, if it is a request; the client sends no more, and may still read."""
        self._client_has_ended = True
        if self._early_answer is not None:
            self._send_early_answer()
        elif self.state is not State.WAITING:
            self._cut_short(self._parser.current if self.state is State.BODY else None)

    @_at_its_own_cost
    def on_sent(self) -> None:
        """Go on after a whole answer."""
        asked, self._asked = self._asked, None
        is_arriving = asked is not None and asked is self._parser.current
        if not self._keeps_on or is_arriving and self._parser.fault is not None:
            self._linger()
        elif asked is not None and is_arriving:
            self._discard_rest(asked)
        else:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Wait for the next request, which may be there already."""
        self.state = State.IDLE
        self._free_since = time.monotonic()
        self.deadline = self._free_since + self._patience.idle
        if not self._parser.completed:  # or what waits to be answered would grow without a bound
            self._stream.read_on()
        self._go_on()

    def _discard_rest(self, answered: HttpRequest) -> None:
        """Wait for the rest of a body that has been answered, so that the next request is found behind it."""
        _discard(answered)
        self.state = State.DISCARDING
        if self._client_has_ended:
            self.close()
        else:
            self._stream.read_on()

    def _go_on(self) -> None:
        """Take steps with what has been parsed; one after the other, as an answer at once wants the next."""
        self._steps_again = True
        if self._is_stepping:
            return
        self._is_stepping = True
        while self._steps_again:
            self._steps_again = False
            self._step()
        self._is_stepping = False

    def _step(self) -> None:
        parser, request = self._parser, self._parser.current
        if self._early_answer is not None:
            self._await_body(request)
        elif parser.completed:
            self._submit(parser.completed.popleft())
        elif parser.fault is not None or request is not None and request.is_overlong:
            self._give_up(request)
        elif self._client_has_ended:
            self._cut_short(request)
        elif request is not None:
            self._await_rest(request)

    def _await_rest(self, request: HttpRequest) -> None:
        if not request.has_head:
            self.state = State.HEAD
            self.deadline = max(request.began_at, self._free_since) + self._patience.head
        elif self.state is not State.BODY:
            self._begin_body(request)

    def _await_body(self, request: HttpRequest | None) -> None:
        """Send the answer that was kept back, once the body has arrived, or never will."""
        if request is not self._asked or self._parser.fault is not None or self._client_has_ended:
            self._send_early_answer()

    def _give_up(self, request: HttpRequest | None) -> None:
        """Settle what arrives, of which no more is read."""
        if request is not None and request.has_head:
            self._submit_as_it_is(request)
        elif self._parser.fault is not None:
            self._refuse(self._parser.fault, request)

    def _begin_body(self, request: HttpRequest) -> None:
        self.state = State.BODY
        self.deadline = max(request.began_at, self._free_since) + self._patience.body
        self._exchange.ask_early(self, request)

    def _send_early_answer(self) -> None:
        assert self._early_answer is not None  # as who calls this has seen
        (answer, keeps_on), self._early_answer = self._early_answer, None
        is_broken = self._parser.fault is not None and self._asked is self._parser.current
        self.answer(answer, keeps_on and not is_broken)

    def _submit(self, request: HttpRequest) -> None:
        self.state = State.WAITING
        self._asked = request
        self._exchange.submit(self, request)

    def _submit_as_it_is(self, request: HttpRequest) -> None:
        """Have a request answered whose body is not whole, whatever the reason."""
        request.keeps_connection &= request.is_overlong
        request.is_discarding = True  # what comes of it now
        request.completed_at = time.monotonic()
        self._submit(request)

    def _cut_short(self, request: HttpRequest | None) -> None:
        """Settle what there is of a request of which no more will come."""
        if request is not None and request.has_head:
            self._submit_as_it_is(request)
        else:
            self.close()

    def _refuse(self, fault: Refusal, request: HttpRequest | None) -> None:
        self.state = State.WAITING
        self._asked, self._early_answer = request, None
        if request is not None:
            _discard(request)
        self._exchange.refuse(self, fault, request)

    def _count_discarded(self, n_bytes: int) -> None:
        self._n_drained_bytes += n_bytes
        if self._parser.current is None or not self._parser.current.is_discarding:
            self._n_drained_bytes = 0
            self._begin_anew()
        elif self._parser.fault is not None or self._n_drained_bytes > MAX_DRAINED_BYTES:
            self.close()

    def _linger(self) -> None:
        """End what is sent, and drain what the client sends until it closes the connection as well.

        To close at once would reset the connection if anything has not been read, and the client might lose the answer.
        """
        if self._client_has_ended:
            self.close()
            return
        self.state = State.LINGERING
        self._lingers_until = time.monotonic() + self._patience.body
        self._stream.end()
        self._drain(0)

    def _drain(self, n_bytes: int) -> None:
        self._n_drained_bytes += n_bytes
        self.deadline = min(time.monotonic() + LINGER_SECONDS, self._lingers_until)
        if self._n_drained_bytes > MAX_DRAINED_BYTES:
            self.close()


def _discard(request: HttpRequest) -> None:
    """Keep nothing of a body any more."""
    request.is_discarding = True
    request.chunks.clear()
