"""A client of a service, over one connection that is kept open, as its callers do."""

from __future__ import annotations

import http.client
import json
import math
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from app.commands.smoke.address import ServiceAddress
from app.commands.smoke.answer import Answer

REQUEST_TIMEOUT_SECONDS = 5.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024

# The first that fits tells what went wrong.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (ConnectionRefusedError, "the connection was refused"),
    (ConnectionError, "the connection was closed before there was an answer"),
    (socket.gaierror, "the name of the host is not known"),
    (ssl.SSLError, "TLS could not be agreed on"),
    (http.client.IncompleteRead, "the answer broke off"),
    (http.client.HTTPException, "what answered is not HTTP"),
)


class NoAnswer(Exception):
    """A request got no answer; `reason` says why."""

    def __init__(self, request: str, reason: str) -> None:
        self.reason = reason
        super().__init__(f"{request} got no answer: {reason}.")


class CertificateRefused(NoAnswer):
    """The service proves to be somebody else, or nobody vouches for it: asking again does not help."""


class ServiceClient:
    """A client of one service. All requests together may take `limit_seconds`, and each a little of that.

    To be closed after use.
    """

    def __init__(self, address: ServiceAddress, limit_seconds: float = math.inf) -> None:
        self.address = address
        self._limit_seconds = limit_seconds
        self._deadline = time.monotonic() + limit_seconds
        self._connection = address.build_connection(REQUEST_TIMEOUT_SECONDS)

    def get(self, path: str) -> Answer:
        """Return the answer to GET. Raises `NoAnswer`."""
        return self._ask("GET", path, None)

    def post(self, path: str, document: Any) -> Answer:
        """Return the answer to POST with `document` as JSON. Raises `NoAnswer`."""
        return self._ask("POST", path, json.dumps(document).encode())

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        request = f"{method} {self.address}{path}"
        if time.monotonic() > self._deadline:
            raise NoAnswer(request, f"the requests before have taken more than {self._limit_seconds:g} s together")
        try:
            return self._ask_once_more_if_closed(request, method, path, body)
        except ssl.SSLCertVerificationError as error:
            raise CertificateRefused(
                request, f"its certificate is not accepted: {error.verify_message.rstrip('.')}"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(request, _explain(error)) from error

    def _ask_once_more_if_closed(self, request: str, method: str, path: str, body: bytes | None) -> Answer:
        """A server may close a connection that is idle, and the client learns of it by the next request only."""
        if self._connection.sock is not None:
            with suppress(ConnectionError, ssl.SSLEOFError):
                return self._exchange(request, method, path, body)
        return self._exchange(request, method, path, body)

    def _exchange(self, request: str, method: str, path: str, body: bytes | None) -> Answer:
        connection = self._connection
        headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if body else {})
        try:
            if connection.sock is None:
                connection.connect()
            with _cut_off(connection.sock, REQUEST_TIMEOUT_SECONDS):
                connection.request(method, f"{self.address.prefix}{path}", body, headers)
                with connection.getresponse() as response:
                    return Answer(request, response.status, response.headers, _read_body(response))
        except BaseException:
            connection.close()
            raise


@contextmanager
def _cut_off(connected: socket.socket, timeout_seconds: float) -> Iterator[None]:
    """Raise `TimeoutError` where the block takes longer; the socket's own limit begins anew with every byte."""
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(timeout_seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if is_late.is_set():
            raise TimeoutError


def _read_body(response: http.client.HTTPResponse) -> bytes:
    body = response.read(MAX_ANSWER_BYTES + 1)
    if len(body) > MAX_ANSWER_BYTES:
        raise OSError(f"the answer is longer than {MAX_ANSWER_BYTES} bytes")
    if response.length:  # a read with a limit says nothing of a body that ends too soon
        raise http.client.IncompleteRead(body, response.length)
    return body


def _explain(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"none was complete within {REQUEST_TIMEOUT_SECONDS:g} s"
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    return getattr(error, "strerror", None) or str(error)
