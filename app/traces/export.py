"""Traces for OpenTelemetry, where the settings name a collector; nothing of its packages is imported otherwise."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask

from app.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

# How long the end of a worker may be delayed by spans that have not been sent.
_FLUSH_SECONDS = 1.0

_EXPORT_MODULE = "app.traces.spans"


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


def start_tracing(
    app: Flask, endpoint: str, model_version: str, record_span: Callable[[str, str], None]
) -> TracerProvider:
    """Send a span of each request of `app` to `endpoint`, and return what `stop_tracing` needs.

    `record_span` is given the trace id and the span id of each request. To be called after any fork, once the model of
    `model_version` is loaded: it starts a thread.
    """
    provider: TracerProvider = importlib.import_module(_EXPORT_MODULE).instrument(
        app, endpoint, model_version, record_span
    )
    return provider


def stop_tracing(provider: TracerProvider) -> None:
    """Send the spans that have not been sent, and wait for that, but for no longer than about a second."""
    # A thread of its own because the exporter has time limits of its own, which are longer.
    last_export = threading.Thread(target=provider.shutdown, daemon=True)
    last_export.start()
    last_export.join(_FLUSH_SECONDS)
