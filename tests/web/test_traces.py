from __future__ import annotations

import pytest
from flask import Flask

from app.traces.tracer import RequestSpan, Tracer
from app.web.service import get_service

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

Ending = tuple[str, str | None, int]


class RecordingTracer(Tracer):
    """A tracer that keeps what it is called with."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[Ending] = []

    def begin(self, traceparent: str) -> RequestSpan:
        """Return a span that records its end."""
        self.begun.append(traceparent)
        return RecordingSpan(self.ended)


class RecordingSpan(RequestSpan):
    """A span that keeps how it is ended."""

    __slots__ = ("_ended",)

    def __init__(self, ended: list[Ending]) -> None:
        super().__init__("1" * 32, "2" * 16)
        self._ended = ended

    def end(self, method: str, route: str | None, status: int) -> None:
        """Record how the request was answered."""
        self._ended.append((method, route, status))


@pytest.fixture
def tracer(unloaded_app: Flask) -> RecordingTracer:
    """Return the tracer of an application that has no model."""
    tracer = get_service(unloaded_app).tracer = RecordingTracer()
    return tracer


@pytest.mark.parametrize(
    ("method", "path", "ending"),
    [
        ("GET", "/health", ("GET", "/health", 200)),
        ("GET", "/health/", ("GET", "/health", 200)),
        ("GET", "/health?secret=1", ("GET", "/health", 200)),
        ("POST", "/predict", ("POST", "/predict", 503)),
        ("GET", "/secret", ("GET", None, 404)),
        ("GET", "/predict", ("GET", None, 405)),
        ("BREW", "/health", ("BREW", None, 405)),
    ],
)
def test_a_span_ends_once_with_the_template_of_the_route(
    unloaded_app: Flask, tracer: RecordingTracer, method: str, path: str, ending: Ending
) -> None:
    unloaded_app.test_client().open(path, method=method)
    assert tracer.ended == [ending]


def test_a_span_of_a_request_that_fails_ends_too(unloaded_app: Flask, tracer: RecordingTracer) -> None:
    def fail() -> str:
        raise RuntimeError

    unloaded_app.view_functions["operations.health"] = fail
    unloaded_app.test_client().get("/health")
    assert tracer.ended == [("GET", "/health", 500)]


@pytest.mark.parametrize(("headers", "begun"), [({}, ""), ({"traceparent": TRACEPARENT}, TRACEPARENT)])
def test_a_span_begins_with_what_the_caller_says_of_its_trace(
    unloaded_app: Flask, tracer: RecordingTracer, headers: dict[str, str], begun: str
) -> None:
    unloaded_app.test_client().get("/health", headers=headers)
    assert tracer.begun == [begun]
