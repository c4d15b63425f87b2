"""The one shape of every error: a problem document, `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from typing import Any

import orjson
from werkzeug.http import HTTP_STATUS_CODES

from app.columns.faults import InvalidInput

PROBLEM_MEDIA_TYPE = "application/problem+json"

# What is said of errors that have no more to tell than their status.
DETAILS = {
    404: "There is nothing at this path; /docs shows what there is.",
    405: "This path does not answer to this method; the Allow header lists those it answers to.",
    500: "The service failed to answer; its log tells why, under this request_id.",
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
