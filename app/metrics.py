"""Counters and latencies for Prometheus, added up over all workers.

Under gunicorn each worker writes to files of its own in PROMETHEUS_MULTIPROC_DIR, named after the worker's slot: a new
worker takes over a dead one's slot and counts on in its files, so that they stay few and no count ever falls.
"""

from __future__ import annotations

import os
import time

from flask import Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

METRICS_MEDIA_TYPE = CONTENT_TYPE_LATEST

_METRICS = "ml_service.metrics"
_MULTIPROC_DIR = "PROMETHEUS_MULTIPROC_DIR"
_UNROUTED = "none"
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_LATENCY_BUCKETS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """What the service counts about its requests."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "http_requests", "Requests answered.", ["route", "method", "status"], registry=self._registry
        )
        self._latency = Histogram(
            "http_request_duration_seconds",
            "Time from the request's routing to its answer.",
            ["route"],
            buckets=_LATENCY_BUCKETS_SECONDS,
            registry=self._registry,
        )

    def observe(self, route: str, method: str, status: int, duration_seconds: float) -> None:
        """Count one answered request."""
        known_method = method if method in _METHODS else "other"
        self._requests.labels(route, known_method, str(status)).inc()
        self._latency.labels(route).observe(duration_seconds)

    def render(self) -> bytes:
        """Return everything counted so far, by all workers, in Prometheus' text format."""
        if _MULTIPROC_DIR not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def register_metrics(app: Flask) -> None:
    """Count every request of `app`."""
    app.extensions[_METRICS] = Metrics()
    app.before_request(_start_clock)
    app.after_request(_observe)


def get_metrics() -> Metrics:
    """Return the metrics of the current app."""
    metrics: Metrics = current_app.extensions[_METRICS]
    return metrics


def count_in_slot(slot: str) -> None:
    """Make this process count in the files of `slot`; no other living process may have the same."""
    if _MULTIPROC_DIR in os.environ:
        values.ValueClass = values.MultiProcessValue(lambda: slot)  # type: ignore[no-untyped-call]


def _start_clock() -> None:
    g.started_at_seconds = time.perf_counter()


def _observe(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else _UNROUTED
    duration_seconds = time.perf_counter() - g.started_at_seconds
    try:
        get_metrics().observe(route, request.method, response.status_code, duration_seconds)
    except (OSError, ValueError):  # the files of the counts cannot be written, which is no reason to fail an answer
        current_app.logger.exception("A request could not be counted.")
    return response
