"""Tracing of requests: spans sent to a collector, and named by the lines of the log, where the settings say so."""

from __future__ import annotations

from flask import Flask

from app.logs.context import set_log_ids
from app.traces import export
from app.web.facts import get_facts
from app.web.service import get_service


def start_tracing(app: Flask) -> None:
    """Send a span of each request of `app` to the collector, if its settings name one.

    To be called in the process that answers, after any fork, and once its model is loaded: it starts a thread.
    """
    service = get_service(app)
    endpoint = service.settings.otel_exporter_otlp_endpoint
    if endpoint is not None:
        service.tracer_provider = export.start_tracing(app, endpoint, service.served_version, _record_span)


def stop_tracing(app: Flask) -> None:
    """Send the spans of `app` that have not been sent, and wait for that, but for no longer than about a second."""
    provider = get_service(app).tracer_provider
    if provider is not None:
        export.stop_tracing(provider)


def _record_span(trace_id: str, span_id: str) -> None:
    """Have the lines of the log name the span that is exported."""
    facts = get_facts()
    facts.trace_id, facts.span_id = trace_id, span_id
    set_log_ids(facts.list_ids())  # taken off with those that the request has begun with
