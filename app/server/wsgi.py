"""WSGI (PEP 3333), between a request that has arrived whole and the bytes of its answer."""

from __future__ import annotations

import io
import re
import sys
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote_to_bytes

from app.server.request import HttpRequest

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_BODILESS = ("204 ", "304 ")
_BROKEN_FIELD = re.compile(r"[\r\n\0]")
# What a proxy may send, and Python would join into one, with names that differ in a sign.
_UNDERSCORE = b"_"
# No other protocol is spoken. Werkzeug would have no route for who offers to speak WebSocket.
_UPGRADE = b"upgrade"


class BodyWanted(BaseException):
    """The application wants to read a body that has not arrived. No `Exception`, so that nothing answers for it."""


class _AbsentBody:
    """A body of which the application is to say whether it wants it."""

    def read(self, *_: Any) -> bytes:
        """Say so."""
        raise BodyWanted

    readinto = readline = readlines = __iter__ = read


class _BrokenBody:
    """A body that cannot be read to its end."""

    def read(self, *_: Any) -> bytes:
        """Fail."""
        raise OSError("the body is broken")

    readinto = readline = readlines = __iter__ = read


class WsgiServer:
    """Calls an application for requests."""

    def __init__(self, application: Application, scheme: str = "http") -> None:
        self._application = application
        self._base: Environ = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scheme,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
            "SCRIPT_NAME": "",
            "SERVER_SOFTWARE": "gunicorn",
        }
        self._date = (0, "")

    def build_environ(self, request: HttpRequest, client: tuple[Any, ...], server: tuple[Any, ...]) -> Environ:
        """Return what the application learns of a request, from the address `client` to `server`."""
        path, _, query = request.target.partition(b"?")
        environ = self._base.copy()
        environ["REQUEST_METHOD"] = request.method
        environ["RAW_URI"] = request.target.decode("latin-1")
        environ["PATH_INFO"] = (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")
        environ["QUERY_STRING"] = query.decode("latin-1")
        environ["SERVER_PROTOCOL"] = "HTTP/" + request.version
        environ["SERVER_NAME"], environ["SERVER_PORT"] = server[0], str(server[1])
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
        for name, value in request.headers:
            if _UNDERSCORE not in name and name != _UPGRADE:
                _add_field(environ, name, value)
        environ["wsgi.input"] = _open_body(request)
        return environ

    def answer(self, environ: Environ, keeps_connection: bool) -> bytes:
        """Return the whole answer of the application.

        Raises `BodyWanted` where that cannot be said without a body that has not arrived. Other exceptions are the
        application's.
        """
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[..., None]:
            started[:] = status, headers
            return _refuse_to_write

        parts = self._application(environ, start_response)
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = started
        return self.encode(
            environ["SERVER_PROTOCOL"], status, headers, body, environ["REQUEST_METHOD"], keeps_connection
        )

    def encode(
        self, protocol: str, status: str, headers: list[tuple[str, str]], body: bytes, method: str, keeps: bool
    ) -> bytes:
        """Return the bytes of an answer. Raises `ValueError` for a header that would not end where it should."""
        connection = "keep-alive" if keeps else "close"
        lines = [f"{protocol} {status}\r\nServer: gunicorn\r\nDate: {self._get_date()}\r\nConnection: {connection}\r\n"]
        has_length = False
        for name, value in headers:
            if _BROKEN_FIELD.search(value):
                raise ValueError(f"The header {name} has a line break in its value.")
            has_length |= name.lower() == "content-length"
            lines.append(f"{name}: {value}\r\n")
        if not has_length and not status.startswith(_BODILESS):
            lines.append(f"Content-Length: {len(body)}\r\n")
        lines.append("\r\n")
        is_bodiless = method == "HEAD" or status.startswith(_BODILESS)
        return "".join(lines).encode("latin-1") + (b"" if is_bodiless else body)

    def _get_date(self) -> str:
        now = int(time.time())
        if self._date[0] != now:
            self._date = (now, formatdate(now, usegmt=True))
        return self._date[1]


def _add_field(environ: Environ, name: bytes, value: bytes) -> None:
    text = value.decode("latin-1")
    key = name.decode("ascii").upper().replace("-", "_")
    if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = "HTTP_" + key
    environ[key] = f"{environ[key]},{text}" if key in environ else text


def _open_body(request: HttpRequest) -> Any:
    if request.is_broken:
        return _BrokenBody()
    return io.BytesIO(request.body)


def defer_body(environ: Environ) -> None:
    """Have the application answer without the body, or say by `BodyWanted` that it wants it."""
    environ["wsgi.input"] = _AbsentBody()


def _refuse_to_write(part: bytes) -> None:
    raise NotImplementedError("The application returns its answer, and does not write it.")
