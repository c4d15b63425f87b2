from __future__ import annotations

import subprocess
import sys

import pytest

from app.settings import Settings
from app.traces.export import TracingUnavailable, check_tracing
from tests.support.running_server import DEADLINE_SECONDS, ROOT

ENDPOINT = "http://127.0.0.1:4318"


def test_nothing_of_it_is_imported_where_no_collector_is_named() -> None:
    code = """
import sys
from app import create_app
from app.server import hooks
from app.server import worker
from app.settings import Settings
from app.traces.export import check_tracing
from app.web.tracing import start_tracing, stop_tracing
app = create_app(Settings())
check_tracing(Settings())
start_tracing(app)
stop_tracing(app)
print([name for name in sys.modules if name.startswith(("opentelemetry", "google", "requests"))])
"""
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert (ended.stdout, ended.stderr) == ("[]\n", "")


def test_names_what_is_missing_where_a_collector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "app.traces.spans", None)
    with pytest.raises(TracingUnavailable, match="^OTEL_EXPORTER_OTLP_ENDPOINT is set, and app.traces.spans cannot be"):
        check_tracing(Settings(otel_exporter_otlp_endpoint=ENDPOINT))


def test_is_content_where_all_is_installed() -> None:
    check_tracing(Settings(otel_exporter_otlp_endpoint=ENDPOINT))
