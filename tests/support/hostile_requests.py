"""Bytes that no honest client sends, each with what RFC 9112 has a server make of them.

Behind each stands a request for a path that nobody has. Where the bytes before it are ambiguous, or are no HTTP, nobody
can say where it begins: it must not be answered. Where they are a request, or several, it must be.
"""

from __future__ import annotations

from dataclasses import dataclass

SECRET = "hunter2"
"""What is part of every request, and must be part of no answer and of no line of the log."""

BEHIND = f"GET /{SECRET} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@dataclass(frozen=True)
class HostileRequest:
    """What is sent on a connection, and what is to come of it."""

    name: str
    sent: bytes
    statuses: tuple[int, ...]
    """Those of all the answers on the connection, in their order."""
    is_closed: bool
    """Whether the connection is closed after them."""

    @property
    def n_awaited(self) -> int:
        """How many answers to wait for before one's own side is closed.

        A proxy takes a client for gone that closes it before all of a body has come, and it depends on the moment what
        is answered then. So where the body is said to be too long to come at all, the refusal is waited for.
        """
        return 1 if self.statuses == (413,) else 0


def refused(name: str, request: bytes, status: int = 400) -> HostileRequest:
    """Return a request that is refused once, together with all that stands behind it."""
    return HostileRequest(name, request + BEHIND, (status,), is_closed=True)


def answered(name: str, request: bytes, *statuses: int) -> HostileRequest:
    """Return requests that are answered, like the one that stands behind them."""
    return HostileRequest(name, request + BEHIND, (*statuses, 404), is_closed=False)


def get(*fields: bytes, line: bytes = b"GET /model HTTP/1.1", host: bytes = b"Host: x") -> bytes:
    """Return a request without a body, of the lines that are given."""
    return b"\r\n".join([line, *([host] if host else []), *fields, b"", b""])


def post(*fields: bytes, body: bytes = b"", line: bytes = b"POST /predict HTTP/1.1") -> bytes:
    """Return a request with a body, framed as `fields` say."""
    return get(*fields, line=line) + body


def chunked(body: bytes, *fields: bytes) -> bytes:
    """Return a request with a body in chunks, which are as they are given."""
    return post(*fields, b"Transfer-Encoding: chunked", body=body)


CHUNKS = b"2\r\n{}\r\n0\r\n\r\n"
# The model's name and columns are asked for by GET; an empty object is no instance.
FOUND, MISSING, INVALID = 200, 404, 422
H2C = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__")

LENGTHS = [
    refused("both lengths", post(b"Content-Length: 2", b"Transfer-Encoding: chunked", body=CHUNKS)),
    refused("both lengths, the other way round", chunked(CHUNKS, b"Content-Length: 2")),
    refused("an empty length and chunks", chunked(CHUNKS, b"Content-Length:")),
    refused("two equal lengths", post(b"Content-Length: 2", b"Content-Length: 2", body=b"{}")),
    refused("two lengths", post(b"Content-Length: 2", b"Content-Length: 0", body=b"{}")),
    refused("a list of equal lengths", post(b"Content-Length: 2, 2", body=b"{}")),
    refused("a list of lengths", post(b"Content-Length: 0, 2", body=b"{}")),
    *(
        refused(f"the length {value!r}", post(b"Content-Length: " + value, body=b"{}"))
        for value in (
            *(b"", b"+2", b"-2", b"-0", b"0x2", b"2_0", b"1 1", b"2.0", b"2e0", b"2;", b'"2"', b"two"),
            *(b"\x0b2", b"2\x0c", b"\xef\xbc\x92", b"18446744073709551616", b"1" * 30),
        )
    ),
    refused("the length 2**64 - 1", post(b"Content-Length: 18446744073709551615"), 413),
    refused("a length of more than can be thrown away", post(b"Content-Length: 67108865"), 413),
    answered("a length with zeros before it", post(b"Content-Length: " + b"0" * 40 + b"2", body=b"{}"), INVALID),
    answered("a length with blanks around it", post(b"Content-Length: \t 2 \t", body=b"{}"), INVALID),
    answered("a length with an underscore in its name", post(b"Content_Length: 40"), 400),
    answered("a body of GET", get(b"Content-Length: %d" % len(BEHIND)) + BEHIND, FOUND),
    HostileRequest(
        "a body that is longer than it says",
        post(b"Content-Length: 2", body=b"{}}{\r\n\r\n") + BEHIND,
        (INVALID, 400),
        is_closed=True,
    ),
]

CODINGS = [
    *(
        refused(f"the coding {value!r}", post(b"Transfer-Encoding: " + value, body=CHUNKS))
        for value in (
            *(b"", b"gzip", b"identity", b"xchunked", b"chunkedx", b"chunked, chunked", b"gzip, chunked"),
            *(b"chunked, gzip", b"chunked, identity", b"identity, chunked", b"chunked;q=1", b'"chunked"', b"chu nked"),
            *(b"\x0bchunked", b"chunked\x0b", b"chunked\x00", b"\xa0chunked", b"chunked,", b",chunked"),
        )
    ),
    *(
        refused(f"the codings chunked and {value!r}", chunked(CHUNKS, b"X: y", b"Transfer-Encoding: " + value))
        for value in (b"chunked", b"identity", b"gzip", b"", b"xchunked")
    ),
    *(
        refused(
            f"the codings {value!r} and chunked", post(b"Transfer-Encoding: " + value, b"Transfer-Encoding: chunked")
        )
        for value in (b"identity", b"gzip")
    ),
    refused(
        "a coding of HTTP/1.0",
        post(b"Connection: keep-alive", b"Transfer-Encoding: chunked", body=CHUNKS, line=b"POST /predict HTTP/1.0"),
    ),
    answered(
        "a coding in capitals, with blanks around it", post(b"Transfer-Encoding:  CHUNKED ", body=CHUNKS), INVALID
    ),
    refused("a coding with a tab behind it, which llhttp does not know", post(b"Transfer-Encoding: chunked\t")),
    answered("a coding with an underscore in its name", post(b"Transfer_Encoding: chunked"), 400),
]

CHUNKED_BODIES = [
    *(
        refused(f"the size {size!r}", chunked(size + b"\r\n{}\r\n0\r\n\r\n"))
        for size in (
            *(b"", b"+2", b"-2", b" 2", b"2 ", b"\t2", b"0x2", b"0_2", b"2,", b"2.0", b"g", b"2\x00", b"\xef\xbc\x92"),
            *(b"10000000000000002", b"f" * 30, b";a", b"2;a\rb", b"2;a\nb", b"2;a\x00b", b'2;a="'),
        )
    ),
    refused("a chunk longer than its size", chunked(b"2\r\n{}}\r\n0\r\n\r\n")),
    refused("a chunk shorter than its size", chunked(b"3\r\n{}\r\n0\r\n\r\n")),
    refused("a chunk with nothing behind it", chunked(b"2\r\n{}0\r\n\r\n")),
    refused("a chunk with a bare LF behind it", chunked(b"2\r\n{}\n0\r\n\r\n")),
    refused("a chunk with a bare CR behind it", chunked(b"2\r\n{}\r0\r\n\r\n")),
    refused("lines of chunks that end with bare LFs", chunked(b"2\n{}\n0\n\n")),
    answered("a size with zeros before it", chunked(b"0" * 40 + CHUNKS), INVALID),
    answered("extensions", chunked(b'2;a;b=c;d="e f"\r\n{}\r\n0;g\r\n\r\n'), INVALID),
    answered("a very long extension", chunked(b"2;a=" + b"b" * 6000 + b"\r\n{}\r\n0\r\n\r\n"), INVALID),
    answered("a request in a chunk", chunked(b"%x\r\n%b\r\n0\r\n\r\n" % (len(BEHIND), BEHIND)), 400),
    answered(
        "a request in a chunk, at a path that takes none", get(b"Transfer-Encoding: chunked") + b"0\r\n\r\n", FOUND
    ),
    answered("a trailer", chunked(b"2\r\n{}\r\n0\r\nX: y\r\n\r\n"), INVALID),
    answered("many trailers", chunked(b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 99 + b"\r\n"), INVALID),
    answered("a trailer called Host", chunked(b"2\r\n{}\r\n0\r\nHost: a, b\r\n\r\n"), INVALID),
    # It should say nothing, but llhttp has the connection end, and so the answer says that it does.
    HostileRequest(
        "a trailer called Connection",
        chunked(b"2\r\n{}\r\n0\r\nConnection: close\r\n\r\n") + BEHIND,
        (INVALID,),
        True,
    ),
    answered(
        "a trailer behind as many fields as there may be",
        chunked(b"2\r\n{}\r\n0\r\nX: y\r\n\r\n", *[b"X: y"] * 98),
        INVALID,
    ),
    refused("a trailer called Content-Length", chunked(b"2\r\n{}\r\n0\r\nContent-Length: 40\r\n\r\n")),
    refused("a trailer called Transfer-Encoding", chunked(b"2\r\n{}\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n")),
    refused("a trailer without a colon", chunked(b"2\r\n{}\r\n0\r\nX\r\n\r\n")),
    refused("a folded trailer", chunked(b"2\r\n{}\r\n0\r\nX: y\r\n z\r\n\r\n")),
    refused("a very long trailer", chunked(b"2\r\n{}\r\n0\r\nX: " + b"y" * 9000 + b"\r\n\r\n")),
]

FIELDS = [
    refused("a folded field", get(b"X: a\r\n b")),
    refused("a folded Host", get(host=b"Host: x\r\n\ty")),
    refused("a folded length", post(b"Content-Length:\r\n 2", body=b"{}")),
    refused("a folded coding", post(b"Transfer-Encoding:\r\n chunked", body=CHUNKS)),
    refused("a blank before the first field", get(host=b" Host: x")),
    refused("a line of a blank", get(b" ")),
    refused("a bare CR in a value", get(b"X: a\rb")),
    refused("a bare CR before a length", post(b"X: a\rContent-Length: 2", b"Content-Length: 0")),
    refused("a bare LF behind a field", get(b"X: a\nY: b")),
    refused("bare LFs behind all", get().replace(b"\r\n", b"\n")),
    refused("a bare LF for the empty line", get()[:-2] + b"\n"),
    *(
        refused(f"{character!r} in a value", get(b"X: a" + character + b"b"))
        for character in (b"\x00", b"\x01", b"\x0b", b"\x1f", b"\x7f")
    ),
    *(
        refused(f"{character!r} in a name", get(b"X" + character + b"Y: a"))
        for character in (b"\x00", b" ", b"\t", b"\x0b", b"\x7f", b"(", b"@", b"\xe9", b"\r", b"\n")
    ),
    refused("a blank before a colon", get(b"X : a")),
    refused("a tab before the colon of a coding", post(b"Transfer-Encoding\t: chunked", body=CHUNKS)),
    refused("a blank before the colon of a length", post(b"Content-Length : 2", body=b"{}")),
    refused("a field without a name", get(b": a")),
    refused("a field without a colon", get(b"X")),
    refused("too many fields", get(*[b"X: y"] * 200), 431),
    refused("a field that is too long", get(b"X: " + b"y" * 9000), 431),
    refused("a name that is too long", get(b"X" * 9000 + b": y"), 431),
    refused("fields that are too long together", get(*[b"X: " + b"y" * 8000] * 99), 431),
    refused("fields that are a little too long together", get(*[b"X: " + b"y" * 800] * 90), 431),
    answered("a value outside of ASCII", get(b"X: \xe9\xff" + SECRET.encode()), FOUND),
    answered("an underscore in a name", get(b"X_Y: a", b"HOST: x", host=b""), FOUND),
    answered("what a WSGI server might take for its own", get(b"SCRIPT_NAME: /x", b"PATH_INFO: /hunter2"), FOUND),
    answered("what a proxy might have said", get(b"X-Forwarded-Host: hunter2", b"X-Forwarded-Prefix: /hunter2"), FOUND),
    answered("another method by a header", get(b"X-HTTP-Method-Override: DELETE", b"X-Original-URL: /hunter2"), FOUND),
    answered("a request id that is none", get(b"X-Request-ID: hunter2 hunter2"), FOUND),
]

HOSTS = [
    refused("no Host", get(host=b"")),
    refused("two Hosts", get(b"Host: y")),
    refused("two equal Hosts", get(b"Host: x")),
    *(
        refused(f"the Host {value!r}", get(host=b"Host: " + value))
        for value in (
            *(b"a b", b"a/b", b"a@b", b"user:word@a", b"a\xe9", b"a\\b", b"a?b", b"a#b", b"a:b", b"a:1:2", b"[::1"),
            *(b"<a>", b'"a"', b"http://a", b"a\tb"),
        )
    ),
    answered("an empty Host", get(host=b"Host:"), FOUND),
    answered("a Host with a comma", get(host=b"Host: a,b"), FOUND),
    answered("another host in the target", get(line=b"GET http://hunter2/model HTTP/1.1"), FOUND),
    answered("another host in the target, and no path", get(line=b"GET http://hunter2?x HTTP/1.1"), FOUND),
    refused("no host in the target", get(line=b"GET http:///model HTTP/1.1")),
    refused("another scheme in the target", get(line=b"GET ftp://hunter2/model HTTP/1.1")),
]

LINES = [
    *(
        refused(f"the version {version!r}", get(line=b"GET /model " + version))
        for version in (
            *(b"HTTP/0.9", b"HTTP/2.0", b"HTTP/3.0", b"HTTP/9.9", b"HTTP/1.10", b"HTTP/01.1", b"HTTP/1", b"HTTP/1."),
            *(b"HTTP/1,1", b"http/1.1", b"HTTPS/1.1", b"HTTP/-1.1", b"HTTP/1.1x", b"ICE/1.0"),
        )
    ),
    answered("the version 1.2", get(line=b"GET /model HTTP/1.2"), FOUND),
    answered("the version 1.9", get(line=b"GET /model HTTP/1.9"), FOUND),
    refused("no version", get(line=b"GET /model")),
    refused("no version, and no fields", b"GET /model\r\n"),
    refused("no target", get(line=b"GET HTTP/1.1")),
    refused("a method alone", b"GET\r\n\r\n"),
    refused("nonsense", b"hunter2\r\n\r\n"),
    refused("a blank before the method", b" " + get()),
    refused("a tab behind the method", get(line=b"GET\t/model HTTP/1.1")),
    refused("a blank behind the version", get(line=b"GET /model HTTP/1.1 ")),
    refused("a bare CR behind the version", b"GET /model HTTP/1.1\rHost: x\r\n\r\n"),
    *(
        refused(f"{character!r} in the target", get(line=b"GET /mod" + character + b"el HTTP/1.1"))
        for character in (b"\x00", b"\x01", b" ", b"\r", b"\n", b"\x7f")
    ),
    refused("a target that is too long", get(line=b"GET /" + b"a" * 5000 + b" HTTP/1.1"), 414),
    refused("a target that is far too long", get(line=b"GET /" + b"a" * 200_000 + b" HTTP/1.1"), 414),
    refused("a target that is no path", get(line=b"GET model HTTP/1.1")),
    refused("all of the server, by GET", get(line=b"GET * HTTP/1.1")),
    answered("all of the server, by OPTIONS", get(line=b"OPTIONS * HTTP/1.1"), MISSING),
    answered("a path with an encoded slash", get(line=b"GET /%2fmodel HTTP/1.1"), FOUND),
    answered("a path with two slashes", get(line=b"GET //model HTTP/1.1"), FOUND),
    *(
        answered(f"the path {path!r}", get(line=b"GET " + path + b" HTTP/1.1"), MISSING)
        for path in (
            *(b"/%00", b"/model%00", b"/%zz", b"/%ff", b"/%", b"/%0d%0aX:%20y", b"/model#x"),
            *(b"/x/../model", b"/%2e%2e/model", b"/model;x", b"/\\model", b"/{{7*7}}", b"/%25%30%30"),
        )
    ),
]

METHODS = [
    refused("a method in small letters", get(line=b"get /model HTTP/1.1"), 405),
    refused("a method that nobody knows", get(line=b"HUNTER2 /model HTTP/1.1"), 405),
    refused("a very long method", get(line=b"A" * 5000 + b" /model HTTP/1.1")),
    refused("a tunnel", get(line=b"CONNECT hunter2:80 HTTP/1.1"), 405),
    refused("a tunnel to a path", get(line=b"CONNECT /model HTTP/1.1"), 405),
    refused(
        "a tunnel to a path, with a body",
        post(b"Content-Length: %d" % len(BEHIND), line=b"CONNECT /model HTTP/1.1"),
        405,
    ),
    answered("TRACE", get(b"X: hunter2", line=b"TRACE /model HTTP/1.1"), 405),
    refused("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    refused("a greeting of TLS", b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" + bytes(range(32)) + b"\r\n\r\n"),
    refused("a greeting of SSH", b"SSH-2.0-hunter2\r\n"),
    answered("another protocol", get(*H2C), FOUND),
    answered("another protocol, with a body", post(*H2C, b"Content-Length: 2", body=b"{}"), INVALID),
    answered(
        "another protocol, with a request for a body", post(*H2C, b"Content-Length: %d" % len(BEHIND), body=BEHIND), 400
    ),
    answered("another protocol, with a body in chunks", chunked(CHUNKS, *H2C), INVALID),
    HostileRequest("another protocol, of HTTP/1.0", get(*H2C, line=b"GET /model HTTP/1.0") + BEHIND, (FOUND,), True),
    *(
        refused(f"the expectation {value!r}", post(b"Expect: " + value, b"Content-Length: 2", body=b"{}"), 417)
        for value in (b"hunter2", b"", b"100-continue, hunter2", b"100")
    ),
    answered("an expectation that is met", post(b"Expect: 100-Continue", b"Content-Length: 2", body=b"{}"), INVALID),
]

PIPELINED = [
    answered(
        "several requests", get() + post(b"Content-Length: 2", body=b"{}") + chunked(CHUNKS), FOUND, INVALID, INVALID
    ),
    answered("empty lines before a request", b"\r\n\r\n" + get() + b"\r\n\r\n", FOUND),
    HostileRequest("a request behind the last one", get(b"Connection: close") + BEHIND, (FOUND,), True),
    HostileRequest("a request behind one of HTTP/1.0", get(line=b"GET /model HTTP/1.0") + BEHIND, (FOUND,), True),
    HostileRequest("nonsense behind a request", get() + b"\x16hunter2\r\n\r\n" + BEHIND, (FOUND, 400), True),
    HostileRequest("no Host behind a request", get() + get(host=b"") + BEHIND, (FOUND, 400), True),
    HostileRequest(
        "both lengths behind a request", get() + chunked(CHUNKS, b"Content-Length: 2") + BEHIND, (FOUND, 400), True
    ),
    HostileRequest(
        "an unknown method behind a request", get() + get(line=b"X /model HTTP/1.1") + BEHIND, (FOUND, 400), True
    ),
]

HOSTILE_REQUESTS = [*LENGTHS, *CODINGS, *CHUNKED_BODIES, *FIELDS, *HOSTS, *LINES, *METHODS, *PIPELINED]
