"""The request's body: read with bounds, then parsed."""

from __future__ import annotations

from typing import Any

from flask import Request

from app.web.bodies.coding import check_coding, decode_body
from app.web.bodies.errors import BodyIncomplete, BodyTooLarge, UnsupportedMediaType
from app.web.bodies.json_text import parse_json
from app.web.facts import get_facts


def read_json(request: Request, max_body_bytes: int) -> Any:
    """Return the value of the request's JSON body.

    Raises `BodyTooLarge`, `BodyIncomplete`, `UnsupportedMediaType`, `UnsupportedCoding` or `BodyError`.
    """
    # Before it is read: who asks whether to send a body at all is told so.
    length = _declared_length(request)
    if length is not None and length > max_body_bytes:
        raise BodyTooLarge(max_body_bytes)
    if request.content_type and not _is_json(request.mimetype):
        raise UnsupportedMediaType
    coding = check_coding(request.headers.get("Content-Encoding", ""))
    body = _read_body(request, length, max_body_bytes)
    return parse_json(body if coding is None else decode_body(body, coding, max_body_bytes))


def _read_body(request: Request, length: int | None, max_body_bytes: int) -> bytes:
    try:
        body: bytes = request.environ["wsgi.input"].read(max_body_bytes + 1 if length is None else length)
    except Exception as error:  # each server has its own exceptions for a broken chunk or connection
        raise BodyIncomplete("The body could not be read to its end.") from error
    if len(body) > max_body_bytes:
        raise BodyTooLarge(max_body_bytes)
    if length is not None and len(body) < length:
        raise BodyIncomplete(f"The body has {len(body)} bytes where its Content-Length says {length}.")
    get_facts().body_bytes = len(body)
    return body


def _declared_length(request: Request) -> int | None:
    """Return how long the body is said to be; `None` when the server itself knows where it ends."""
    length = request.content_length
    if length is not None:
        return length
    return None if request.environ.get("wsgi.input_terminated") else 0


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))
