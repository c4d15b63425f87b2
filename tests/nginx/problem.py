"""The one shape of every error, as nginx says it."""

from __future__ import annotations

from werkzeug.http import HTTP_STATUS_CODES

from tests.support.raw_http import RawAnswer


def assert_is_own_problem(answer: RawAnswer, status: int) -> None:
    """Assert that an answer is an error of nginx's own, in the shape and with the headers of the service's errors."""
    title, detail = HTTP_STATUS_CODES[status], answer.json["detail"]
    expected = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    assert answer.json == {**expected, "request_id": answer.headers["x-request-id"]}
    assert list(answer.json) == ["type", "title", "status", "detail", "request_id"]
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["x-model-version"] == "none"
