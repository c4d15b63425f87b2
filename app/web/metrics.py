"""Counts every request, and tells what has been counted, in Prometheus' text format."""

from __future__ import annotations

import time

from flask import Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.exceptions import NotFound

from app.drift.monitor import Monitor
from app.metrics.layout import UNROUTED
from app.settings import Settings
from app.web.bodies.reading import BODY_BYTES

METRICS_MEDIA_TYPE = CONTENT_TYPE_LATEST

_MONITOR = "ml_service.monitor"
_METRICS_PORT = "ml_service.metrics_port"
# What is answered on the port of the metrics, where they have one of their own.
_METRICS_ROUTE = "/metrics"
_PRIVATE_ROUTES = frozenset({_METRICS_ROUTE, "/health", "/ready"})


def register_metrics(app: Flask) -> None:
    """Count every request of `app`, once it has a monitor."""
    app.before_request(_start_clock)
    app.after_request(_observe)


def add_monitor(app: Flask, settings: Settings) -> None:
    """Give `app`, which has all its routes by now, the monitor that it and all its workers count with."""
    routes = {rule.rule for rule in app.url_map.iter_rules()}
    # At a reload there are the old workers and the new ones, and perhaps some that were told to leave earlier.
    n_rows = 64 + 4 * settings.web_concurrency
    app.extensions[_MONITOR] = Monitor(sorted(routes), n_rows, settings.drift_window_hours * 3600.0)
    if settings.metrics_port:
        app.extensions[_METRICS_PORT] = settings.metrics_port
        app.before_request(_keep_metrics_apart)


def get_monitor(app: Flask = current_app) -> Monitor:
    """Return the monitor of `app`, by default the current one."""
    monitor: Monitor = app.extensions[_MONITOR]
    return monitor


def _start_clock() -> None:
    g.started_at_seconds = time.perf_counter() - (get_monitor().service.get_queue_seconds() or 0.0)


def _observe(response: Response) -> Response:
    get_monitor().service.count_request(
        request.url_rule.rule if request.url_rule else UNROUTED,
        request.method,
        response.status_code,
        time.perf_counter() - g.started_at_seconds,
        request.environ.get(BODY_BYTES),
        g.get("n_instances") if response.status_code == 200 else None,
        g.get("fault_kinds", ()),
    )
    return response


def _keep_metrics_apart() -> None:
    """Answer 404 for the metrics on the public port, and for all but what operators ask on that of the metrics."""
    route = request.url_rule.rule if request.url_rule else UNROUTED
    is_private = request.environ["SERVER_PORT"] == str(current_app.extensions[_METRICS_PORT])
    if is_private and route not in _PRIVATE_ROUTES or not is_private and route == _METRICS_ROUTE:
        raise NotFound
