from __future__ import annotations

import re
import subprocess
import sys

import pytest

from app.traces.tracer import Tracer, TracingUnavailable, build_tracer, check_tracing
from tests.support.running_server import DEADLINE_SECONDS, ROOT

ENDPOINT = "http://127.0.0.1:4318"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"


def test_nothing_of_opentelemetry_is_imported_where_no_collector_is_named() -> None:
    code = """
import sys
from app import create_app
from app.server import hooks
from app.server import worker
from app.settings import Settings
from app.traces.tracer import check_tracing
from app.web.service import get_service
app = create_app(Settings())
check_tracing(None)
get_service(app).start_tracing()
get_service(app).tracer.close()
print([name for name in sys.modules if name.startswith(("opentelemetry", "google", "requests"))])
"""
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert (ended.stdout, ended.stderr) == ("[]\n", "")


def test_names_what_is_missing_where_a_collector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "app.traces.spans", None)
    with pytest.raises(TracingUnavailable, match="^OTEL_EXPORTER_OTLP_ENDPOINT is set, and app.traces.spans cannot be"):
        check_tracing(ENDPOINT)


def test_is_content_where_all_is_installed() -> None:
    check_tracing(ENDPOINT)


@pytest.mark.parametrize("flags", ["00", "01"])
def test_a_request_belongs_to_the_trace_of_its_caller(flags: str) -> None:
    tracer = Tracer()
    spans = [tracer.begin(f"00-{TRACE_ID}-{PARENT_ID}-{flags}") for _ in range(2)]
    assert {span.trace_id for span in spans} == {TRACE_ID}
    span_ids = [span.span_id or "" for span in spans]
    assert all(re.fullmatch("[0-9a-f]{16}", span_id) for span_id in span_ids)
    assert len({*span_ids, PARENT_ID}) == 3


@pytest.mark.parametrize("traceparent", ["", "what is this"])
def test_a_request_of_no_trace_has_no_ids(traceparent: str) -> None:
    span = Tracer().begin(traceparent)
    assert (span.trace_id, span.span_id) == (None, None)


def test_a_tracer_without_a_collector_exports_nothing() -> None:
    tracer = build_tracer(None, "v1")
    tracer.begin(f"00-{TRACE_ID}-{PARENT_ID}-01").end("GET", "/health", 200)
    tracer.close()
    assert type(tracer) is Tracer
