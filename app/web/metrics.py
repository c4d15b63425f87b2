"""Metrics of a request: the port that shows them, and the counts that it leaves."""

from __future__ import annotations

import time

from flask import Request, Response
from werkzeug.exceptions import NotFound

from app.metrics.requests import UNROUTED, RequestMetrics
from app.web.facts import RequestFacts

# What is answered on the port of the metrics, where they have one of their own.
_METRICS_ROUTE = "/metrics"
_PRIVATE_ROUTES = frozenset({_METRICS_ROUTE, "/health", "/ready"})


def check_port(request: Request, metrics_port: int | None) -> None:
    """Raise `NotFound` for metrics on the public port, and for all but what operators ask on that of the metrics."""
    if not metrics_port:
        return
    route = name_route(request)
    is_private = request.environ["SERVER_PORT"] == str(metrics_port)
    if is_private and route not in _PRIVATE_ROUTES or not is_private and route == _METRICS_ROUTE:
        raise NotFound


def count_answered(metrics: RequestMetrics, request: Request, response: Response, facts: RequestFacts) -> None:
    """Count a request that is answered."""
    metrics.count(
        name_route(request),
        request.method,
        response.status_code,
        time.perf_counter() - facts.started_at_seconds,
        facts.body_bytes,
        facts.n_instances if response.status_code == 200 else None,
        facts.fault_kinds,
        facts.queue_seconds,
    )


def name_route(request: Request) -> str:
    """Return the template of the route that `request` has, which names it without a word of its caller."""
    return request.url_rule.rule if request.url_rule else UNROUTED
