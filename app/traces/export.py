"""Traces for OpenTelemetry, where the settings name a collector; nothing of its packages is imported otherwise."""

from __future__ import annotations

import importlib
import threading
from typing import Any

from flask import Flask

from app.settings import Settings
from app.web.service import get_settings

# How long the end of a worker may be delayed by spans that have not been sent.
_FLUSH_SECONDS = 1.0

_EXPORT_MODULE = "app.traces.spans"
_PROVIDER = "ml_service.tracer_provider"


class TracingUnavailable(Exception):
    """A collector is named, and what is needed to send anything there is not installed."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"OTEL_EXPORTER_OTLP_ENDPOINT is set, and {missing} cannot be imported. Install what traces need by "
            "'pip install --require-hashes -r requirements/tracing.txt', or unset the variable."
        )


def check_tracing(settings: Settings) -> None:
    """Import what traces need, if `settings` name a collector. Raises `TracingUnavailable`.

    To be called in the master, which starts nothing of it: its workers have the code from there.
    """
    if settings.otel_exporter_otlp_endpoint is None:
        return
    try:
        importlib.import_module(_EXPORT_MODULE)
    except ImportError as error:
        raise TracingUnavailable(error.name or str(error)) from error


def start_tracing(app: Flask) -> None:
    """Send a span of each request of `app` to the collector, if its settings name one.

    To be called in the process that answers, after any fork, and once its model is loaded: it starts a thread.
    """
    with app.app_context():
        endpoint = get_settings().otel_exporter_otlp_endpoint
    if endpoint is not None:
        app.extensions[_PROVIDER] = importlib.import_module(_EXPORT_MODULE).instrument(app, endpoint)


def stop_tracing(app: Flask) -> None:
    """Send the spans of `app` that have not been sent, and wait for that, but for no longer than about a second."""
    provider: Any = app.extensions.get(_PROVIDER)
    if provider is not None:
        # A thread of its own because the exporter has time limits of its own, which are longer.
        last_export = threading.Thread(target=provider.shutdown, daemon=True)
        last_export.start()
        last_export.join(_FLUSH_SECONDS)
