"""Spans of requests, made by OpenTelemetry's API and exported by its SDK, without anything that callers have sent.

To be imported only where OpenTelemetry is installed: see `app.traces.tracer`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    format_span_id,
    format_trace_id,
    set_span_in_context,
)

from app.traces.context import TraceParent, parse_traceparent
from app.traces.tracer import RequestSpan, Tracer
from app.version import __version__

SERVICE_NAME = "ml-service"

_TRACES_PATH = "/v1/traces"
# How long the end of a worker may be delayed by spans that have not been sent.
_FLUSH_SECONDS = 1.0
# Those of the conventions for HTTP; any other is the caller's own word.
_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
_OTHER_METHOD = "_OTHER"
# Until the request is answered: a sampler of the operator's sees it.
_UNNAMED = "HTTP"

_logger = logging.getLogger(__name__)


class CollectorExporter(SpanExporter):
    """An exporter that logs once when the collector fails, and once when it works again."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._is_failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export `spans`, and return how that ended."""
        result = self._exporter.export(spans)
        is_failing = result is not SpanExportResult.SUCCESS
        if is_failing and not self._is_failing:
            _logger.warning("The collector takes no traces: they are lost until it does. Requests are not affected.")
        if self._is_failing and not is_failing:
            _logger.info("The collector takes traces again.")
        self._is_failing = is_failing
        return result

    def shutdown(self) -> None:
        """Export nothing any more."""
        self._exporter.shutdown()


class ExportedSpan(RequestSpan):
    """A span that is exported once it has ended, unless the caller or a sampler has decided otherwise."""

    __slots__ = ("_model_version", "_span")

    def __init__(self, span: Span, model_version: str) -> None:
        context = span.get_span_context()
        super().__init__(format_trace_id(context.trace_id), format_span_id(context.span_id))
        self._span = span
        self._model_version = model_version

    def end(self, method: str, route: str | None, status: int) -> None:
        """Export the span, if it is to be, with how the request was answered; `route` is a template, or `None`."""
        span = self._span
        if not span.is_recording():
            return
        method = method.upper()
        method = method if method in _METHODS else _OTHER_METHOD
        span.update_name(f"{method} {route}" if route else method)
        span.set_attribute("http.request.method", method)
        if route:
            span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        span.set_attribute("model.version", self._model_version)
        if status >= 500:
            span.set_status(StatusCode.ERROR)
        span.end()


class ExportingTracer(Tracer):
    """A tracer that exports a span of each request, in a thread of its own: no request waits for the collector."""

    def __init__(self, endpoint: str, model_version: str) -> None:
        """Export to the collector at `endpoint`, by OTLP over HTTP."""
        # OpenTelemetry logs each attempt that fails.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._model_version = model_version
        exporter = CollectorExporter(OTLPSpanExporter(endpoint.rstrip("/") + _TRACES_PATH))
        resource = Resource.create({"service.name": SERVICE_NAME, "service.version": __version__})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(SERVICE_NAME, __version__)

    def begin(self, traceparent: str) -> RequestSpan:
        """Return the span of a request that begins now; `traceparent` is that header, empty where there is none."""
        parent = parse_traceparent(traceparent)
        span = self._tracer.start_span(_UNNAMED, _to_context(parent), SpanKind.SERVER)
        context = span.get_span_context()
        if context.is_remote or not context.is_valid:  # the SDK's own variables have switched it off
            return super().begin(traceparent)
        return ExportedSpan(span, self._model_version)

    def close(self) -> None:
        """Export the spans that wait for it, and wait for that, but for no longer than about a second."""
        # A thread of its own because the exporter has time limits of its own, which are longer.
        last_export = threading.Thread(target=self._provider.shutdown, daemon=True)
        last_export.start()
        last_export.join(_FLUSH_SECONDS)


def _to_context(parent: TraceParent | None) -> Context:
    """Return OpenTelemetry's context of a request; the trace state, which may hold any words of the caller, is left."""
    if parent is None:
        return Context()
    trace_id, span_id, flags = parent
    remote = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(flags))
    return set_span_in_context(NonRecordingSpan(remote), Context())
