"""Errors of a body: what a request is refused for before anybody looks at the values in it."""

from __future__ import annotations

from app.columns.faults import FaultKind, RequestRefused


class BodyError(RequestRefused):
    """The body is not JSON text; the message says where it ceases to be."""

    def __init__(self, message: str, kind: FaultKind = FaultKind.NOT_JSON) -> None:
        self.kind = kind
        self.kinds = (kind,)
        super().__init__(message)


class BodyIncomplete(RequestRefused):
    """The body ended before it was whole."""

    kinds = (FaultKind.INCOMPLETE,)


class BodyTooLarge(RequestRefused):
    """The body is longer than the service reads."""

    kinds = (FaultKind.TOO_LARGE,)

    def __init__(self, max_body_bytes: int) -> None:
        super().__init__(f"The body is longer than {max_body_bytes} bytes; send fewer instances at a time.")


class UnsupportedMediaType(RequestRefused):
    """The body is declared as something other than JSON."""

    kinds = (FaultKind.MEDIA_TYPE,)

    def __init__(self) -> None:
        super().__init__("The Content-Type must be application/json.")


class UnsupportedCoding(RequestRefused):
    """The body is coded in a way that is not undone."""

    kinds = (FaultKind.MEDIA_TYPE,)

    def __init__(self, accepted: str) -> None:
        self.accepted = accepted
        super().__init__(f"The Content-Encoding must be one of {accepted}, or left out.")
