"""The answer of a service to one request, and how a sentence describes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPMessage
from typing import Any

_QUOTED_CHARACTERS = 120


@dataclass(frozen=True)
class Answer:
    """The status, the headers and the body that a request was answered with; `request` is its method and URL."""

    request: str
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def media_type(self) -> str:
        """What the answer says that its body is."""
        return self.headers.get_content_type() if "Content-Type" in self.headers else "no media type"

    def parse_object(self) -> dict[str, Any]:
        """Return the JSON object that the body holds. Raises `ValueError`."""
        try:
            document = json.loads(self.body)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error
        if not isinstance(document, dict):
            raise ValueError("it is not an object")
        return document

    def describe(self) -> str:
        """Return the status, and what else tells best who answered."""
        if "Location" in self.headers:
            return f"{self.status}, a redirect to {quote(self.headers['Location'])}"
        if detail := self._find_detail():
            return f"{self.status}, {quote(detail)}"
        return f"{self.status} with {self.describe_body()}"

    def describe_body(self) -> str:
        """Return the media type and the beginning of the body."""
        text = " ".join(self.body[: 4 * _QUOTED_CHARACTERS].decode(errors="replace").split())
        return f"{self.media_type}: {quote(text)}" if text else "an empty body"

    def _find_detail(self) -> Any:
        """Return what a problem document says; `None` where the answer is none."""
        if self.media_type != "application/problem+json":
            return None
        try:
            return self.parse_object().get("detail")
        except ValueError:
            return None


def quote(value: object) -> str:
    """Return `value` as a sentence may quote it: no longer than a line, and nothing that a terminal would obey."""
    if isinstance(value, str):
        return ascii(value if len(value) <= _QUOTED_CHARACTERS else f"{value[:_QUOTED_CHARACTERS]}...")
    text = ascii(value)
    return text if len(text) <= _QUOTED_CHARACTERS else f"{text[:_QUOTED_CHARACTERS]}..."
