"""The answers to what never reaches the application: problem documents like all."""

from __future__ import annotations

from app.web.problems import DETAILS, PROBLEM_MEDIA_TYPE, build_problem, encode_problem

# As nginx says it in front of the service, see docker/nginx.
MALFORMED = "The request is not well-formed HTTP."
LONG_LINE = "The request line is too long."
LONG_HEAD = "The header fields are too many or too long."

Headers = tuple[tuple[str, str], ...]


class Refusal(Exception):
    """Why a request is answered without the application, with which status, in which words."""

    headers: Headers = ()

    def __init__(self, status: int, detail: str) -> None:
        self.status = status
        self.detail = detail
        super().__init__(detail)


class NotHttp(Refusal):
    """What has arrived is no request, or none that is served; where the next one begins is not known."""

    def __init__(self, status: int, detail: str, headers: Headers = ()) -> None:
        super().__init__(status, detail)
        self.headers = headers


class TooSlow(Refusal):
    """The head of a request has not come in time."""

    def __init__(self) -> None:
        super().__init__(408, "The head of the request has not come in time.")


class Overloaded(Refusal):
    """There are more requests than can be answered in time."""

    headers = (("Retry-After", "1"),)

    def __init__(self) -> None:
        super().__init__(503, "There are more requests than can be answered in time; try again shortly.")


class Defect(Refusal):
    """The application has failed, beyond what it answers for itself."""

    def __init__(self) -> None:
        super().__init__(500, DETAILS[500])


def encode_refusal(
    refusal: Refusal, request_id: str, model_version: str, protocol: str = "HTTP/1.1", keeps_on: bool = False
) -> bytes:
    """Return the bytes of the whole answer."""
    problem = build_problem(refusal.status, refusal.detail, request_id)
    body = encode_problem(problem)
    lines = [
        f"{protocol} {refusal.status} {problem['title']}",
        f"Connection: {'keep-alive' if keeps_on else 'close'}",
        f"Content-Type: {PROBLEM_MEDIA_TYPE}",
        f"Content-Length: {len(body)}",
        f"X-Request-ID: {request_id}",
        f"X-Model-Version: {model_version}",
        *(f"{name}: {value}" for name, value in refusal.headers),
    ]
    return "\r\n".join([*lines, "\r\n"]).encode("ascii") + body
