"""What every request begins with and every response carries: an id, and the version of the model."""

from __future__ import annotations

import re
import secrets

from flask import Flask, Response, g, request

from app.traces.context import continue_trace
from app.web.bodies.reading import discard_body
from app.web.service import name_served_version

_REQUEST_ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,128}")


def register_request_context(app: Flask) -> None:
    """Give each request of `app` its id, and each response its headers."""
    app.before_request(_begin)
    app.after_request(_complete)
    app.after_request(_hear_out)


def create_request_id() -> str:
    """Return a new request id: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def _begin() -> None:
    claimed = request.headers.get("X-Request-ID", "")
    g.request_id = claimed if _REQUEST_ID_PATTERN.fullmatch(claimed) else create_request_id()
    continue_trace()


def _complete(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    response.headers["X-Model-Version"] = name_served_version()
    return response


def _hear_out(response: Response) -> Response:
    """Take in the rest of a request that was refused, so that its client comes to read the answer."""
    if response.status_code >= 400:
        discard_body(request)
    return response
