"""Problem documents, `application/problem+json` (RFC 9457): the one shape of every error, and its HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson
from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from app.columns.faults import InvalidInput, RequestRefused
from app.web.bodies.errors import BodyError, BodyIncomplete, BodyTooLarge, UnsupportedCoding, UnsupportedMediaType
from app.web.facts import get_facts
from app.web.inference.query import QueryRefused
from app.web.service import ModelUnavailable

PROBLEM_MEDIA_TYPE = "application/problem+json"

# What is said of errors that have no more to tell than their status.
DETAILS = {
    404: "There is nothing at this path; /docs shows what there is.",
    405: "This path does not answer to this method; the Allow header lists those it answers to.",
    500: "The service failed to answer; its log tells why, under this request_id.",
}


# What a request can be refused for, and how that is answered; what is not here is a defect of ours, and so a 500.
STATUSES: Mapping[type[RequestRefused], int] = {
    BodyError: 400,
    BodyIncomplete: 400,
    BodyTooLarge: 413,
    UnsupportedMediaType: 415,
    UnsupportedCoding: 415,
    InvalidInput: 422,
    QueryRefused: 422,
    ModelUnavailable: 503,
}


def build_problem(status: int, detail: str, request_id: str, invalid: InvalidInput | None = None) -> dict[str, Any]:
    """Return the problem document of an error; `invalid` adds the places at fault."""
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES.get(status, "Unknown Error"),
        "status": status,
        "detail": detail,
    }
    if invalid is not None:
        problem["errors"] = [{"pointer": fault.pointer, "message": fault.message} for fault in invalid.faults]
        problem["errors_total"] = invalid.total
    problem["request_id"] = request_id
    return problem


def encode_problem(problem: dict[str, Any]) -> bytes:
    """Return the bytes of a problem document."""
    return orjson.dumps(problem)


def register_problems(app: Flask) -> None:
    """Make every error of `app`, routing's own included, a problem document."""
    for kind, status in STATUSES.items():
        app.register_error_handler(kind, partial(_answer_refusal, status))
    app.register_error_handler(HTTPException, _answer_http_exception)


def _answer_refusal(status: int, error: RequestRefused) -> Response:
    get_facts().fault_kinds = error.kinds
    invalid = error if isinstance(error, InvalidInput) else None
    response = _build_response(status, str(error) if invalid is None else _count_values(invalid.total), invalid)
    if isinstance(error, UnsupportedCoding):
        response.headers["Accept-Encoding"] = error.accepted  # RFC 9110, section 12.5.3
    if isinstance(error, ModelUnavailable):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _answer_http_exception(error: HTTPException) -> Response:
    original = error.get_response()
    status = original.status_code
    response = _build_response(status, DETAILS.get(status, f"{error.name}."))
    if "Allow" in original.headers:
        response.headers["Allow"] = original.headers["Allow"]
    return response


def _count_values(n_values: int) -> str:
    return "1 value is invalid." if n_values == 1 else f"{n_values} values are invalid."


def _build_response(status: int, detail: str, invalid: InvalidInput | None = None) -> Response:
    problem = build_problem(status, detail, get_facts().request_id, invalid)
    return Response(encode_problem(problem), status=status, content_type=PROBLEM_MEDIA_TYPE)
