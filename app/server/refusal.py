"""The answers to what is no request, or to one that fails outside of the application: problem documents like all."""

from __future__ import annotations

from app.server.internals import ExpectationFailed, LimitRequestHeaders, LimitRequestLine, ParseException
from app.web.problems import DETAILS, PROBLEM_MEDIA_TYPE, build_problem, encode_problem

_REFUSALS: dict[type[Exception], tuple[int, str]] = {
    LimitRequestLine: (414, "The request line is too long."),
    LimitRequestHeaders: (431, "The header fields are too many or too long."),
    ExpectationFailed: (417, "The only expectation that can be met is 100-continue."),
    ParseException: (400, "The request is not well-formed HTTP."),
}
_DEFECT = (500, DETAILS[500])


def choose_refusal(error: Exception) -> tuple[int, str]:
    """Return the status and the words of the answer to a request that failed with `error`."""
    return next((answer for kind, answer in _REFUSALS.items() if isinstance(error, kind)), _DEFECT)


def encode_refusal(status: int, detail: str, request_id: str, model_version: str) -> bytes:
    """Return the bytes of the whole answer, after which the connection is closed."""
    problem = build_problem(status, detail, request_id)
    body = encode_problem(problem)
    head = (
        f"HTTP/1.1 {status} {problem['title']}\r\n"
        "Connection: close\r\n"
        f"Content-Type: {PROBLEM_MEDIA_TYPE}\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"X-Request-ID: {request_id}\r\n"
        f"X-Model-Version: {model_version}\r\n"
        "\r\n"
    )
    return head.encode("ascii") + body
