"""A tracer: gives each request its place in its caller's trace, and has it exported where a collector is named.

Nothing of OpenTelemetry is imported where none is: see `app.traces.spans`.
"""

from __future__ import annotations

import importlib

from app.traces.context import create_span_id, parse_traceparent

_EXPORT_MODULE = "app.traces.spans"


class TracingUnavailable(Exception):
    """A collector is named, and what is needed to send anything there is not installed."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"OTEL_EXPORTER_OTLP_ENDPOINT is set, and {missing} cannot be imported. Install what traces need by "
            "'pip install --require-hashes -r requirements/tracing.txt', or unset the variable."
        )


class RequestSpan:
    """A request as a part of a trace. Its ids, of which there are none without a trace, belong to its log lines."""

    __slots__ = ("span_id", "trace_id")

    def __init__(self, trace_id: str | None = None, span_id: str | None = None) -> None:
        self.trace_id = trace_id
        self.span_id = span_id

    def end(self, method: str, route: str | None, status: int) -> None:
        """Export the span, if it is to be, with how the request was answered; `route` is a template, or `None`."""


class Tracer:
    """A tracer that exports nothing: a request that is a part of its caller's trace gets a span id of its own."""

    def begin(self, traceparent: str) -> RequestSpan:
        """Return the span of a request that begins now; `traceparent` is that header, empty where there is none."""
        parent = parse_traceparent(traceparent)
        return RequestSpan(parent.trace_id, create_span_id()) if parent else RequestSpan()

    def close(self) -> None:
        """Export the spans that wait for it, and wait for that, but for no longer than about a second."""


def check_tracing(endpoint: str | None) -> None:
    """Import what the export to `endpoint` needs, if there is one. Raises `TracingUnavailable`.

    To be called in the master, which starts nothing of it: its workers have the code from there.
    """
    if endpoint is None:
        return
    try:
        importlib.import_module(_EXPORT_MODULE)
    except ImportError as error:
        raise TracingUnavailable(error.name or str(error)) from error


def build_tracer(endpoint: str | None, model_version: str) -> Tracer:
    """Return what traces the requests that `model_version` answers, and exports them to `endpoint`, if there is one.

    To be called in the process that answers, after any fork: it starts a thread for the export.
    """
    if endpoint is None:
        return Tracer()
    tracer: Tracer = importlib.import_module(_EXPORT_MODULE).ExportingTracer(endpoint, model_version)
    return tracer
