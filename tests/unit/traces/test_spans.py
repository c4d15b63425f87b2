from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from app.traces.spans import CollectorExporter, ExportingTracer
from app.traces.tracer import RequestSpan
from app.version import __version__
from tests.support.otlp_collector import CollectedSpan, Collector, run_collector
from tests.support.running_server import DEADLINE_SECONDS, find_free_port, wait_until

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"
SAMPLED = f"00-{TRACE_ID}-{PARENT_ID}-01"
UNSAMPLED = f"00-{TRACE_ID}-{PARENT_ID}-00"

OK, FAILED = SpanExportResult.SUCCESS, SpanExportResult.FAILURE
FAILS = "The collector takes no traces: they are lost until it does. Requests are not affected."
WORKS = "The collector takes traces again."


class ScriptedExporter(SpanExporter):
    """An exporter whose results are given beforehand."""

    def __init__(self, results: list[SpanExportResult]) -> None:
        self._results = iter(results)

    def export(self, spans: object) -> SpanExportResult:
        """Return the next result."""
        return next(self._results)


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Run a collector."""
    with run_collector() as running:
        yield running


@pytest.fixture
def tracer(collector: Collector) -> Iterator[ExportingTracer]:
    """Return a tracer that exports to the collector."""
    tracer = ExportingTracer(f"{collector.url}/", "v1")
    yield tracer
    tracer.close()


def export(
    tracer: ExportingTracer, collector: Collector, method: str, route: str | None, status: int, traceparent: str = ""
) -> tuple[RequestSpan, CollectedSpan]:
    """Return the span of a request, and what has arrived of it at the collector."""
    span = tracer.begin(traceparent)
    span.end(method, route, status)
    tracer.close()
    (collected,) = collector.list_spans()
    return span, collected


def test_a_span_has_the_request_and_the_model_and_the_ids_of_the_log(
    tracer: ExportingTracer, collector: Collector
) -> None:
    span, collected = export(tracer, collector, "POST", "/predict", 200)
    assert (collected.name, collected.kind, collected.is_error) == ("POST /predict", "SPAN_KIND_SERVER", False)
    assert collected.attributes == {
        "http.request.method": "POST",
        "http.route": "/predict",
        "http.response.status_code": 200,
        "model.version": "v1",
    }
    assert (collected.trace_id, collected.span_id, collected.parent_span_id) == (span.trace_id, span.span_id, "")
    assert (collected.resource["service.name"], collected.resource["service.version"]) == ("ml-service", __version__)


@pytest.mark.parametrize(
    ("method", "route", "name", "exported"),
    [
        ("GET", None, "GET", "GET"),
        ("get", "/health", "GET /health", "GET"),
        ("BREW", None, "_OTHER", "_OTHER"),
        ("BREW", "/health", "_OTHER /health", "_OTHER"),
        ("QUERY", None, "QUERY", "QUERY"),
    ],
)
def test_the_name_is_of_closed_sets(
    tracer: ExportingTracer, collector: Collector, method: str, route: str | None, name: str, exported: str
) -> None:
    _, collected = export(tracer, collector, method, route, 405)
    assert (collected.name, collected.attributes["http.request.method"]) == (name, exported)
    assert collected.attributes.get("http.route") == route


@pytest.mark.parametrize(("status", "is_error"), [(200, False), (422, False), (499, False), (500, True), (503, True)])
def test_an_answer_of_5xx_is_an_error(
    tracer: ExportingTracer, collector: Collector, status: int, is_error: bool
) -> None:
    _, collected = export(tracer, collector, "POST", "/predict", status)
    assert (collected.attributes["http.response.status_code"], collected.is_error) == (status, is_error)


def test_continues_the_trace_of_the_caller(tracer: ExportingTracer, collector: Collector) -> None:
    span, collected = export(tracer, collector, "GET", "/model", 200, SAMPLED)
    assert (collected.trace_id, collected.parent_span_id, collected.span_id) == (TRACE_ID, PARENT_ID, span.span_id)
    assert (span.trace_id, span.span_id != PARENT_ID) == (TRACE_ID, True)


def test_exports_nothing_of_a_trace_that_the_caller_does_not_record(
    tracer: ExportingTracer, collector: Collector
) -> None:
    span = tracer.begin(UNSAMPLED)
    span.end("GET", "/model", 200)
    tracer.close()
    assert (span.trace_id, span.span_id != PARENT_ID, collector.list_spans()) == (TRACE_ID, True, [])


@pytest.mark.parametrize("traceparent", ["", "what is this", f"00-{TRACE_ID}-{PARENT_ID}-01-more"])
def test_a_request_of_no_trace_begins_one(tracer: ExportingTracer, collector: Collector, traceparent: str) -> None:
    span, collected = export(tracer, collector, "GET", "/model", 200, traceparent)
    assert (collected.trace_id, collected.parent_span_id) == (span.trace_id, "")
    assert span.trace_id != TRACE_ID


@pytest.mark.parametrize(
    ("variables", "n_spans"),
    [({"OTEL_TRACES_SAMPLER": "always_off"}, 0), ({"OTEL_SDK_DISABLED": "true"}, 0), ({}, 1)],
)
def test_the_variables_of_the_sdk_hold(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], n_spans: int
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    tracer = ExportingTracer(collector.url, "v1")
    span = tracer.begin(SAMPLED)
    span.end("GET", "/model", 200)
    tracer.close()
    assert len(collector.list_spans()) == n_spans
    assert (span.trace_id, span.span_id != PARENT_ID) == (TRACE_ID, True)


def test_a_request_of_no_trace_has_no_ids_where_the_sdk_is_switched_off(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    span = ExportingTracer(collector.url, "v1").begin("")
    assert (span.trace_id, span.span_id) == (None, None)


@pytest.mark.parametrize(
    ("results", "messages"),
    [
        ([OK, OK], []),
        ([FAILED, FAILED, FAILED], [FAILS]),
        ([OK, FAILED, FAILED, OK, OK], [FAILS, WORKS]),
        ([FAILED, OK, FAILED], [FAILS, WORKS, FAILS]),
    ],
)
def test_logs_once_that_the_collector_fails_and_once_that_it_works_again(
    caplog: pytest.LogCaptureFixture, results: list[SpanExportResult], messages: list[str]
) -> None:
    exporter = CollectorExporter(ScriptedExporter(results))
    with caplog.at_level(logging.INFO):
        ended = [exporter.export([]) for _ in results]
    assert (ended, [record.message for record in caplog.records]) == (results, messages)


def test_a_collector_that_is_down_loses_the_spans_and_nothing_else(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.1")
    tracer = ExportingTracer(f"http://127.0.0.1:{find_free_port()}", "v1")
    for _ in range(3):
        tracer.begin("").end("GET", "/model", 200)
    tracer.close()
    wait_until(lambda: bool(caplog.records), "the line")
    assert [record.message for record in caplog.records] == [FAILS]


def test_an_export_that_does_not_end_does_not_keep_a_tracer_from_being_closed(
    tracer: ExportingTracer, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_over = threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(tracer._provider, "shutdown", is_over.wait)
        closing = threading.Thread(target=tracer.close)
        closing.start()
        closing.join(DEADLINE_SECONDS)
        has_closed = not closing.is_alive()
        is_over.set()
        closing.join()
    assert has_closed
