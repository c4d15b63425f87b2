"""Access lines: what each request leaves in the log, once it is answered."""

from __future__ import annotations

import logging
import time
from typing import Any

from flask import Request, Response

from app.metrics.requests import METHODS, OTHER, UNROUTED
from app.web.facts import RequestFacts
from app.web.metrics import name_route

_logger = logging.getLogger("app.access")
# Asked every few seconds by machines: whoever wants to see that sets LOG_LEVEL=debug.
_PROBED_ROUTES = frozenset({"/health", "/ready", "/metrics"})


def choose_level(route: str, status: int) -> int:
    """Return at which level a request is logged."""
    if status >= 500:
        return logging.ERROR
    return logging.DEBUG if route in _PROBED_ROUTES else logging.INFO


def log_refused(
    status: int, error: Exception, request_id: str, duration_seconds: float, version: str, client: str
) -> None:
    """Log a request that failed with `error` before or outside the application."""
    level = choose_level(UNROUTED, status)
    if not _logger.isEnabledFor(level):
        return
    line: dict[str, Any] = {
        "route": UNROUTED,
        "method": OTHER,
        "status": status,
        "duration_ms": round(duration_seconds * 1000, 3),
        "model_version": version,
        "client": client,
        "fault": type(error).__name__,
    }
    message = f"Answered without the application: {status} in {duration_seconds * 1000:.1f} ms. {error}"
    _write(level, message, line, request_id, error if status >= 500 else None)


def log_overload(n_refused: int, version: str) -> None:
    """Log how many requests have been refused of late, as there were more than can be answered in time.

    One line for all: with one for each, what is too much would become more.
    """
    line = {"status": 503, "requests": n_refused, "model_version": version}
    noun = "request was" if n_refused == 1 else "requests were"
    message = f"{n_refused} {noun} answered 503: there are more than can be answered in time"
    _write(logging.WARNING, message, line)


def log_answered(request: Request, response: Response, facts: RequestFacts, version: str) -> None:
    """Log a request that is answered by the model of `version`."""
    duration_ms = (time.perf_counter() - facts.started_at_seconds) * 1000
    route = name_route(request)
    method = request.method if request.method in METHODS else OTHER
    level = choose_level(route, response.status_code)
    if not _logger.isEnabledFor(level):
        return
    line: dict[str, Any] = {
        "route": route,
        "method": method,
        "status": response.status_code,
        "duration_ms": round(duration_ms, 3),
    }
    message = f"{method} {route} {response.status_code} in {duration_ms:.1f} ms"
    if facts.n_instances is not None:
        line["instances"] = facts.n_instances
        message += f", {facts.n_instances} instance{'' if facts.n_instances == 1 else 's'}"
    line["model_version"] = version
    line["client"] = request.remote_addr
    _write(level, message, line)


def _write(
    level: int, message: str, line: dict[str, Any], request_id: str | None = None, error: Exception | None = None
) -> None:
    # Made by hand: nobody needs the line of code that logs, and looking for it takes as long as all the rest.
    exc_info = (type(error), error, error.__traceback__) if error is not None else None
    record = logging.LogRecord(_logger.name, level, __file__, 0, message, (), exc_info)
    record.facts = line
    if request_id is not None:
        record.request_id = request_id
    _logger.handle(record)
