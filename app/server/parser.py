"""The parser of a connection: requests out of bytes, by llhttp, within limits, and what is no request refused.

llhttp knows the grammar of HTTP/1 and refuses what is ambiguous: both lengths, several, folded or bare lines. What it
leaves to its user is here: which versions, hosts, codings and expectations there are, and how long a head may be.
"""

from __future__ import annotations

import re
import time
from collections import deque

import httptools

from app.server.refusal import LONG_HEAD, LONG_LINE, MALFORMED, NotHttp, Refusal
from app.server.request import HttpRequest

# As gunicorn has them by default.
MAX_TARGET_BYTES = 4094
MAX_FIELD_BYTES = 8190
MAX_FIELDS = 100
MAX_HEAD_BYTES = 64 * 1024
# What frames a body in chunks may be longer than the body: a client that sends byte by byte needs six for each.
MAX_FRAMING_BYTES = 16 * 1024 * 1024

KNOWN_METHODS = "GET, HEAD, OPTIONS, POST"

_VERSION = re.compile(r"1\.[0-9]")
_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
_ABSOLUTE = re.compile(rb"https?://[^/?#]+", re.IGNORECASE)
# What a request with a method that llhttp does not know begins with.
_UNKNOWN_METHOD = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40} [!-~]+ HTTP/1\.[0-9]\r\n")
_FRAMING = (b"content-length", b"transfer-encoding")
_SINGLE = (b"host", b"content-type")


def _refuse(detail: str) -> NotHttp:
    return NotHttp(400, f"{MALFORMED} {detail}")


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
            self._parser.feed_data(b"POST / HTTP/1.1\r\n" + _write_framing(request) + b"\r\n")
            self._is_framing = False

    def _end(self, error: httptools.HttpParserError, received: bytes) -> None:
        """Settle what becomes of a connection on which there is something else than requests."""
        request, cause = self.current, error.__context__
        if self.completed and not self.completed[-1].keeps_connection:
            self.current = None  # more has come behind the last request that the client has announced
        elif request is not None and request.has_head:
            request.is_broken = True
            self.fault = _refuse("A chunk of its body is broken.")
        elif isinstance(cause, NotHttp):
            self.fault = cause
        elif isinstance(error, httptools.HttpParserInvalidMethodError) and self._has_unknown_method(received):
            allow = (("Allow", KNOWN_METHODS),)
            self.fault = NotHttp(405, "There is nothing that answers to this method.", allow)
        else:
            self.fault = _refuse("Its first line or a header field is broken, or two of them contradict each other.")

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
            self.fault = _refuse("There is more around its chunks than in them.")

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
        if self._parser.should_upgrade() and _write_framing(request):
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


def check_head(request: HttpRequest) -> None:
    """Check what llhttp does not, and keep what the head says. Raises `NotHttp`."""
    if not _VERSION.fullmatch(request.version):
        raise _refuse("Its version of HTTP is not served; there are 1.0 and 1.1.")
    if request.version != "1.0":
        request.version = "1.1"  # a later one of the same kind is to be taken for the last that is known
    names = [name for name, _ in request.headers]
    if any(names.count(name) > 1 for name in _SINGLE):
        raise _refuse("Host or Content-Type is there twice.")
    _check_host(request)
    _check_target(request)
    _check_coding(request)
    expectation = request.get_header(b"expect")
    if expectation is not None and expectation.lower() != b"100-continue":
        raise NotHttp(417, "The only expectation that can be met is 100-continue.")
    request.expects_continue = expectation is not None and request.version != "1.0"


def _write_framing(request: HttpRequest) -> bytes:
    """Return the header fields that say how long the body of a request is; nothing where it has none."""
    return b"".join(b"%b: %b\r\n" % field for field in request.headers if field[0] in _FRAMING)


def _check_host(request: HttpRequest) -> None:
    host = request.get_header(b"host")
    if host is None and request.version == "1.1":
        raise _refuse("It has no Host, which HTTP/1.1 demands.")
    if host is not None and not _HOST.fullmatch(host):
        raise _refuse("Its Host is no name or address of a host.")


def _check_target(request: HttpRequest) -> None:
    """Check that the target is a path, or reduce it to one."""
    target = request.target
    if request.method == "CONNECT":
        raise NotHttp(405, "There is nothing that answers to this method.", (("Allow", KNOWN_METHODS),))
    if target.startswith(b"/"):
        return
    absolute = _ABSOLUTE.match(target)
    if absolute is not None:
        path = target[absolute.end() :]
        request.target = path if path.startswith(b"/") else b"/" + path
    elif target != b"*" or request.method != "OPTIONS":
        raise _refuse("Its target is no path.")


def _check_coding(request: HttpRequest) -> None:
    coding = request.get_header(b"transfer-encoding")
    if coding is None:
        return
    if request.version == "1.0":
        raise _refuse("HTTP/1.0 has no Transfer-Encoding.")
    if coding.lower() != b"chunked":
        raise _refuse("The only Transfer-Encoding that is served is chunked.")


def _too_long_head() -> NotHttp:
    return NotHttp(431, LONG_HEAD)
