"""The real server with a collector of traces, with one that is silent, and with none at all."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.version import __version__
from tests.support.otlp_collector import CollectedSpan, Collector, run_collector
from tests.support.raw_http import send
from tests.support.running_server import (
    DEADLINE_SECONDS,
    RunningServer,
    find_free_port,
    run_server,
    start_server,
    wait_until,
)

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"
SENT = "a-secret-of-the-caller"
# Spans are sent after this, by the SDK's own variable.
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "50"}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Run a collector."""
    with run_collector() as running:
        yield running


@pytest.fixture(scope="module")
def traced(
    collector: Collector, example_artifact_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """Run a server that sends its spans to the collector."""
    folder = tmp_path_factory.mktemp("traced")
    with run_server(example_artifact_dir, folder, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, **SOON) as server:
        yield server


def ask(server: RunningServer, path: str, **headers: str) -> requests.Response:
    return requests.get(f"{server.url}{path}", headers=headers, timeout=DEADLINE_SECONDS)


def find_line(server: RunningServer, request_id: str) -> dict[str, Any]:
    """Return the line of a request."""

    def find() -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in server.read_log().splitlines()]
        return [line for line in lines if line.get("request_id") == request_id and "route" in line]

    wait_until(lambda: bool(find()), "the line")
    return find()[0]


def find_span(collector: Collector, span_id: str) -> CollectedSpan:
    """Return a span once it has arrived."""

    def find() -> list[CollectedSpan]:
        return [span for span in collector.list_spans() if span.span_id == span_id]

    wait_until(lambda: bool(find()), "the span")
    return find()[0]


def test_a_request_is_a_span_with_its_route_its_status_and_the_model(
    traced: RunningServer, collector: Collector
) -> None:
    line = find_line(traced, ask(traced, "/model").headers["X-Request-ID"])
    span = find_span(collector, line["span_id"])
    assert (span.name, span.trace_id, span.parent_span_id) == ("GET /model", line["trace_id"], "")
    assert span.attributes == {
        "http.request.method": "GET",
        "http.route": "/model",
        "http.response.status_code": 200,
        "model.version": "example",
    }
    assert (span.resource["service.name"], span.resource["service.version"]) == ("ml-service", __version__)


def test_a_span_continues_the_trace_of_its_caller(traced: RunningServer, collector: Collector) -> None:
    answer = ask(traced, "/model", traceparent=f"00-{TRACE_ID}-{PARENT_ID}-01")
    line = find_line(traced, answer.headers["X-Request-ID"])
    span = find_span(collector, line["span_id"])
    assert (span.trace_id, span.parent_span_id, line["trace_id"]) == (TRACE_ID, PARENT_ID, TRACE_ID)


def test_nothing_that_the_caller_has_sent_is_exported(traced: RunningServer, collector: Collector) -> None:
    headers = {
        "User-Agent": SENT,
        "baggage": f"{SENT}={SENT}",
        "tracestate": f"vendor={SENT}",
        "traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01",
        "X-Request-ID": SENT,
        "Referer": f"http://{SENT}/",
    }
    ask(traced, f"/{SENT}?{SENT}", **headers)
    line = find_line(traced, SENT)
    span = find_span(collector, line["span_id"])
    assert (span.name, span.attributes["http.response.status_code"]) == ("GET", 404)
    assert [body for body in collector.bodies if SENT.encode() in body] == []


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /health HTTP/1.0\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: [\xe9:::\r\n\r\n",
        b"GET /health?\xff%ff HTTP/1.1\r\nHost: x:y:z\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nUser-Agent: \xff\r\ntraceparent: \xff\r\ntracestate: =,=\r\n\r\n",
        b"GET http://[/health HTTP/1.1\r\nHost: x\r\n\r\n",
        b"BREW /%ff%00%0a HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_tracing_makes_no_answer_a_defect(traced: RunningServer, request_bytes: bytes) -> None:
    assert send(traced, request_bytes, half_close=True).status < 500


def test_the_last_spans_of_a_stop_are_not_lost(
    collector: Collector, example_artifact_dir: Path, tmp_path: Path
) -> None:
    with run_server(example_artifact_dir, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as server:
        line = find_line(server, ask(server, "/model").headers["X-Request-ID"])
        assert server.stop() == 0
    assert line["span_id"] in {span.span_id for span in collector.list_spans()}


def test_a_collector_that_is_down_is_logged_once_and_delays_nothing(example_artifact_dir: Path, tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{find_free_port()}"
    variables = {**SOON, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    with run_server(example_artifact_dir, tmp_path, WEB_CONCURRENCY="1", **variables) as server:

        def has_been_logged() -> bool:
            return ask(server, "/model").status_code == 200 and "collector" in server.read_log()

        wait_until(has_been_logged, "the line that there is no collector")
        assert {ask(server, "/model").status_code for _ in range(300)} == {200}
        assert server.stop() == 0
        warnings = [line for line in server.read_log().splitlines() if '"level":"info"' not in line]
    assert [json.loads(line)["message"] for line in warnings] == [
        "The collector takes no traces: they are lost until it does. Requests are not affected."
    ]


def test_a_collector_that_is_silent_delays_no_stop_and_no_reload(example_artifact_dir: Path, tmp_path: Path) -> None:
    with run_collector() as silent:
        silent.is_silent = True
        variables = {**SOON, "OTEL_EXPORTER_OTLP_ENDPOINT": silent.url, "GRACEFUL_TIMEOUT_SECONDS": "5"}
        with run_server(example_artifact_dir, tmp_path, **variables) as server:
            ask(server, "/model")
            wait_until(lambda: bool(silent.bodies), "a span")
            before = set(server.list_workers())
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: before.isdisjoint(server.list_workers()), "new workers")
            assert ask(server, "/model").status_code == 200
            assert server.stop() == 0
            assert "SIGKILL" not in server.read_log()


def test_without_the_packages_the_start_ends_and_says_what_to_install(
    example_artifact_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "opentelemetry.py").touch()
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "PYTHONPATH": str(tmp_path)}
    with start_server(example_artifact_dir, tmp_path, **variables) as server:
        assert server.process.wait(DEADLINE_SECONDS) == 1
        (line,) = [line for line in server.read_log().splitlines() if '"level":"info"' not in line]
    assert "pip install --require-hashes -r requirements/tracing.txt" in json.loads(line)["message"]
