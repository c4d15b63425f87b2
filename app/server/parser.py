"""The parser of a connection: requests out of bytes, by llhttp, within limits, and what is no request refused.

llhttp knows the grammar of HTTP/1 and refuses what is ambiguous: both lengths, several, folded or bare lines. What it
leaves to its user is here, or in `app.server.head`: how long a head may be, and what may stand in it.
"""

from __future__ import annotations

import re
import time
from collections import deque

import httptools

from app.server.head import check_head, refuse, refuse_method, write_framing
from app.server.refusal import LONG_HEAD, LONG_LINE, NotHttp, Refusal
from app.server.request import HttpRequest

# As gunicorn has them by default.
MAX_TARGET_BYTES = 4094
MAX_FIELD_BYTES = 8190
MAX_FIELDS = 100
MAX_HEAD_BYTES = 64 * 1024
# What frames a body in chunks may be longer than the body: a client that sends byte by byte needs six for each.
MAX_FRAMING_BYTES = 16 * 1024 * 1024

# What a request with a method that llhttp does not know begins with.
_UNKNOWN_METHOD = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40} [!-~]+ HTTP/1\.[0-9]\r\n")


class RequestParser:
    """Parses what arrives on one connection. Complete requests wait in `completed`, in their order."""

    def __init__(self, max_body_bytes: int) -> None:
        self.completed: deque[HttpRequest] = deque()
        self.current: HttpRequest | None = None
        """The request that has begun to arrive."""
        self.fault: Refusal | None = None
        """Why nothing more is parsed."""
        self._max_body_bytes = max_body_bytes
        self._n_pending_bytes = 0
        self._n_ended = 0  # while it is fed
        self._n_fields = self._n_field_bytes = 0  # of a head, or of a trailer
        self._start = b""
        self._is_framing = False
        self._renew()

    def feed(self, received: bytes) -> None:
        """Parse what has been received. Nothing is raised: `current`, `completed` and `fault` say what there is."""
        self._n_ended = 0
        while received and self.fault is None:
            try:
                self._parser.feed_data(received)
                break
            except httptools.HttpParserUpgrade as upgrade:
                received = received[upgrade.args[0] :]
                self._decline_upgrade()
            except httptools.HttpParserError as error:
                self._end(error, received)
                break
        self._check_pending(len(received))
        self._start = b"" if self.current is None else self._start or received[:MAX_TARGET_BYTES]

    def _renew(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._parser.set_dangerous_leniencies(lenient_version=True)  # which ones there are is checked here

    def _decline_upgrade(self) -> None:
        """Go on after a head that offers another protocol, which is not taken: its request is one as any other.

        llhttp takes for that protocol all that follows, a body too. So a new parser is told of the body by a head of
        our own, of which nothing is kept.
        """
        self._renew()
        request = self.current
        if request is not None:
            self._is_framing = True
            self._parser.feed_data(b"POST / HTTP/1.1\r\n" + write_framing(request) + b"\r\n")
            self._is_framing = False

    def _end(self, error: httptools.HttpParserError, received: bytes) -> None:
        """Settle what becomes of a connection on which there is something else than requests."""
        request, cause = self.current, error.__context__
        if self.completed and not self.completed[-1].keeps_connection:
            self.current = None  # more has come behind the last request that the client has announced
        elif request is not None and request.has_head:
            request.is_broken = True
            self.fault = refuse("A chunk of its body is broken.")
        elif isinstance(cause, NotHttp):
            self.fault = cause
        elif isinstance(error, httptools.HttpParserInvalidMethodError) and self._has_unknown_method(received):
            self.fault = refuse_method()
        else:
            self.fault = refuse("Its first line or a header field is broken, or two of them contradict each other.")

    def _has_unknown_method(self, received: bytes) -> bool:
        """Return whether what has begun looks like a request, but for its method; no telling behind another one."""
        start = (self._start + received[:MAX_TARGET_BYTES]).lstrip(b"\r\n")
        return not self._n_ended and _UNKNOWN_METHOD.match(start) is not None

    def _check_pending(self, n_bytes: int) -> None:
        """Bound what llhttp keeps to itself: half a head, or what frames the chunks of a body."""
        request = self.current
        if request is None or self._n_ended:  # how much of this belongs to the last one is not known, nor is it much
            self._n_pending_bytes = 0
            return
        self._n_pending_bytes += n_bytes
        if self.fault is not None:
            return
        if not request.has_head and self._n_pending_bytes > MAX_HEAD_BYTES:
            self.fault = _too_long_head()
        elif request.has_head and self._n_pending_bytes - request.n_body_bytes > MAX_FRAMING_BYTES:
            request.is_broken = True
            self.fault = refuse("There is more around its chunks than in them.")

    # What follows is called by llhttp, while it is fed.

    def on_message_begin(self) -> None:
        """Begin a request."""
        if not self._is_framing:
            self._n_fields = self._n_field_bytes = 0
            self.current = HttpRequest(began_at=time.monotonic())

    def on_url(self, part: bytes) -> None:
        """Add a part of the target."""
        if self._is_framing:
            return
        request = self._get_current()
        request.target += part
        if len(request.target) > MAX_TARGET_BYTES:
            raise NotHttp(414, LONG_LINE)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header field; those behind a body in chunks are dropped."""
        if self._is_framing:
            return
        request = self._get_current()
        self._n_fields += 1
        self._n_field_bytes += len(name) + len(value)
        is_too_long = len(name) + len(value) > MAX_FIELD_BYTES or self._n_field_bytes > MAX_HEAD_BYTES
        if is_too_long or self._n_fields > MAX_FIELDS:
            raise _too_long_head()
        if not request.has_head:
            request.headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Check the head."""
        if self._is_framing:
            return
        request = self._get_current()
        request.method = self._parser.get_method().decode("ascii")
        request.version = self._parser.get_http_version()
        request.keeps_connection = self._parser.should_keep_alive()
        check_head(request)
        request.has_head = True
        self._n_fields = self._n_field_bytes = 0  # of the trailer

    def on_body(self, part: bytes) -> None:
        """Add a part of the body, as far as it is wanted."""
        request = self._get_current()
        request.n_body_bytes += len(part)
        if request.is_discarding or request.is_overlong:
            return
        if request.n_body_bytes > self._max_body_bytes:
            # One byte more than is allowed shows that it is too long.
            part = part[: len(part) - (request.n_body_bytes - self._max_body_bytes) + 1]
            request.is_overlong = True
        request.chunks.append(part)

    def on_message_complete(self) -> None:
        """Complete the request, unless it has been answered already."""
        request = self._get_current()
        if self._parser.should_upgrade() and write_framing(request):
            return  # the body is yet to come
        self._n_ended += 1
        # A trailer should not, but llhttp has it say that the connection ends: it parses no more then.
        request.keeps_connection &= self._parser.should_keep_alive()
        request.is_complete = True
        request.completed_at = time.monotonic()
        if not request.is_discarding:
            self.completed.append(request)
        self.current = None
        self._start = b""

    def _get_current(self) -> HttpRequest:
        assert self.current is not None  # as llhttp begins each message
        return self.current


def _too_long_head() -> NotHttp:
    return NotHttp(431, LONG_HEAD)
