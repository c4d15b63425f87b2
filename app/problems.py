"""The one shape of every error: a problem document, `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from typing import Any

import orjson
from werkzeug.http import HTTP_STATUS_CODES

from app.faults import InvalidInput

PROBLEM_MEDIA_TYPE = "application/problem+json"


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
