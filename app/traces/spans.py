"""Spans of requests, made by OpenTelemetry's instrumentation of Flask, and exported without what callers have sent.

To be imported only where OpenTelemetry is installed: see `app.traces.export`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

from flask import Flask
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.trace.status import Status

from app.version import __version__

SERVICE_NAME = "ml-service"
_TRACES_PATH = "/v1/traces"
# What is exported of a request, under the names of today's conventions. All else may hold the caller's words: the path,
# the query, the user agent, what exceptions say.
_KEPT_ATTRIBUTES = {
    "http.method": "http.request.method",
    "http.request.method": "http.request.method",
    "http.route": "http.route",
    "http.status_code": "http.response.status_code",
    "http.response.status_code": "http.response.status_code",
}
_MODEL_VERSION = "model.version"

_logger = logging.getLogger(__name__)


class DiscreetExporter(SpanExporter):
    """Exports of each span what is the service's own; says once when that fails, and once when it works again."""

    def __init__(self, exporter: SpanExporter, model_version: str) -> None:
        self._exporter = exporter
        self._model_version = model_version
        self._is_failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export `spans`, and return how that ended."""
        result = self._exporter.export([self._copy(span) for span in spans])
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

    def _copy(self, span: ReadableSpan) -> ReadableSpan:
        said = span.attributes or {}
        attributes = {name: said[old] for old, name in _KEPT_ATTRIBUTES.items() if old in said}
        parts = (attributes.get("http.request.method"), attributes.get("http.route"))
        return ReadableSpan(
            name=" ".join(str(part) for part in parts if part) or "HTTP",
            context=_drop_state(span.get_span_context()),
            parent=span.parent,
            resource=span.resource,
            attributes={**attributes, _MODEL_VERSION: self._model_version},
            kind=span.kind,
            status=Status(span.status.status_code),
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )


def instrument(
    app: Flask, endpoint: str, model_version: str, record_span: Callable[[str, str], None]
) -> TracerProvider:
    """Make a span of each request of `app`, have it sent to `endpoint`, and return what is to be shut down.

    `record_span` is given the trace id and the span id of each request.
    """
    # It would tell of each attempt that fails.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    exporter = DiscreetExporter(OTLPSpanExporter(endpoint.rstrip("/") + _TRACES_PATH), model_version)
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE_NAME, "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    propagate.set_global_textmap(TraceContextTextMapPropagator())
    instrumentor = FlaskInstrumentor()
    instrumentor.instrument_app(app, tracer_provider=provider, enable_commenter=False)  # type: ignore[no-untyped-call]
    app.before_request(partial(_name_span, record_span))
    return provider


def _name_span(record_span: Callable[[str, str], None]) -> None:
    """Hand on the ids of the span that is exported."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:  # there is none where the SDK's own variables switch it off
        record_span(trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id))


def _drop_state(context: trace.SpanContext | None) -> trace.SpanContext | None:
    """Return `context` without its trace state, which is whatever the caller has sent."""
    if context is None:
        return None
    return trace.SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)
