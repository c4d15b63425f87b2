"""The exceptions that become HTTP errors, and the handlers that make every error a problem document."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import Flask, Response, g
from werkzeug.exceptions import HTTPException

from app.columns.faults import FaultKind, InvalidInput
from app.web.bodies.json_text import BodyError
from app.web.problems import DETAILS, PROBLEM_MEDIA_TYPE, build_problem, encode_problem


class ServiceError(Exception):
    """A request that cannot be answered; the base of the errors below."""

    status = 500
    headers: Mapping[str, str] = MappingProxyType({})
    kind: FaultKind | None = None

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail)


class BodyIncomplete(ServiceError):
    """The body ended before it was whole."""

    status = 400
    kind = FaultKind.INCOMPLETE


class BodyTooLarge(ServiceError):
    """The body is longer than the service reads."""

    status = 413
    kind = FaultKind.TOO_LARGE

    def __init__(self, max_body_bytes: int) -> None:
        super().__init__(f"The body is longer than {max_body_bytes} bytes; send fewer instances at a time.")


class UnsupportedMediaType(ServiceError):
    """The body is declared as something other than JSON."""

    status = 415
    kind = FaultKind.MEDIA_TYPE

    def __init__(self) -> None:
        super().__init__("The Content-Type must be application/json.")


class ModelUnavailable(ServiceError):
    """No model is loaded, so nothing that needs one can be answered."""

    status = 503
    headers = MappingProxyType({"Retry-After": "1"})

    def __init__(self) -> None:
        super().__init__("No model is loaded yet; try again shortly.")


def register_error_handlers(app: Flask) -> None:
    """Make every error of `app`, routing's own included, a problem document."""
    app.register_error_handler(ServiceError, _answer_service_error)
    app.register_error_handler(BodyError, _answer_body_error)
    app.register_error_handler(InvalidInput, _answer_invalid_input)
    app.register_error_handler(HTTPException, _answer_http_exception)


def _answer_service_error(error: ServiceError) -> Response:
    g.fault_kinds = (error.kind,) if error.kind else ()
    response = _build_response(error.status, error.detail)
    response.headers.update(error.headers)
    return response


def _answer_body_error(error: BodyError) -> Response:
    g.fault_kinds = (error.kind,)
    return _build_response(400, str(error))


def _answer_invalid_input(error: InvalidInput) -> Response:
    g.fault_kinds = error.kinds
    detail = "1 value is invalid." if error.total == 1 else f"{error.total} values are invalid."
    return _build_response(422, detail, error)


def _answer_http_exception(error: HTTPException) -> Response:
    original = error.get_response()
    status = original.status_code
    response = _build_response(status, DETAILS.get(status, f"{error.name}."))
    if "Allow" in original.headers:
        response.headers["Allow"] = original.headers["Allow"]
    return response


def _build_response(status: int, detail: str, invalid: InvalidInput | None = None) -> Response:
    problem = build_problem(status, detail, g.request_id, invalid)
    return Response(encode_problem(problem), status=status, content_type=PROBLEM_MEDIA_TYPE)
