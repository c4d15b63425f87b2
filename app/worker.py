"""gunicorn's threaded worker, answering requests that are not even HTTP as the service answers every error."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from gunicorn import util
from gunicorn.http.errors import ExpectationFailed, LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import ThreadWorker

from app.problems import PROBLEM_MEDIA_TYPE, build_problem, encode_problem
from app.request_context import create_request_id
from app.serving import name_served_version

_REFUSALS: dict[type[Exception], tuple[int, str]] = {
    LimitRequestLine: (414, "The request line is too long."),
    LimitRequestHeaders: (431, "The header fields are too many or too long."),
    ExpectationFailed: (417, "The only expectation that can be met is 100-continue."),
    ParseException: (400, "The request is not well-formed HTTP."),
}
_DEFECT = (500, "The service failed to answer; its log tells why, under this request_id.")


class ServiceWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Answers what the HTTP parser refuses with a problem document, and never with a 5xx."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer on `client` for a request that failed with `exc` before or outside the application."""
        request_id = create_request_id()
        status, detail = next((answer for kind, answer in _REFUSALS.items() if isinstance(exc, kind)), _DEFECT)
        if status >= 500:
            self.log.error("Error handling request %s", request_id, exc_info=exc)
        else:
            self.log.warning("Refused a request with %s (%s) %s", status, type(exc).__name__, request_id)
        with contextlib.suppress(OSError):
            util.write_nonblock(client, self._encode_refusal(status, detail, request_id))

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
