"""The line that each request leaves in the log, once it is answered."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

from flask import Flask, Request, Response, g, request

from app.metrics.layout import METHODS, OTHER, UNROUTED
from app.web.service import name_served_version

_logger = logging.getLogger("app.access")
# Asked every few seconds by machines: whoever wants to see that sets LOG_LEVEL=debug.
_PROBED_ROUTES = frozenset({"/health", "/ready", "/metrics"})


def register_access_line(app: Flask) -> None:
    """Log each request of `app` when it is answered.

    To be called before any other hook is registered: hooks of answers run in reverse, and this line is to tell of all.
    """
    app.after_request(partial(_log_answered, app))


def choose_level(route: str, status: int) -> int:
    """Return at which level a request is logged."""
    if status >= 500:
        return logging.ERROR
    return logging.DEBUG if route in _PROBED_ROUTES else logging.INFO


def log_refused(
    status: int, error: Exception, request_id: str, duration_seconds: float, version: str, client: str
) -> None:
    """Log a request that failed with `error` before or outside the application."""
    facts = {
        "route": UNROUTED,
        "method": OTHER,
        "status": status,
        "duration_ms": round(duration_seconds * 1000, 3),
        "model_version": version,
        "client": client,
        "fault": type(error).__name__,
    }
    _logger.log(
        choose_level(UNROUTED, status),
        "Not a request that can be answered: %s (%s) in %.1f ms",
        status,
        type(error).__name__,
        duration_seconds * 1000,
        exc_info=error if status >= 500 else None,
        extra={"facts": facts, "request_id": request_id},
    )


def _log_answered(app: Flask, response: Response) -> Response:
    # Each look through a proxy costs as much as a line of this function.
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]
    known: dict[str, Any] = g._get_current_object().__dict__
    duration_ms = (time.perf_counter() - known["started_at_seconds"]) * 1000
    route = asked.url_rule.rule if asked.url_rule else UNROUTED
    method = asked.method if asked.method in METHODS else OTHER
    level = choose_level(route, response.status_code)
    if not _logger.isEnabledFor(level):
        return response
    facts: dict[str, Any] = {
        "route": route,
        "method": method,
        "status": response.status_code,
        "duration_ms": round(duration_ms, 3),
    }
    message = f"{method} {route} {response.status_code} in {duration_ms:.1f} ms"
    n_instances = known.get("n_instances")
    if n_instances is not None:
        facts["instances"] = n_instances
        message += f", {n_instances} instance{'' if n_instances == 1 else 's'}"
    facts["model_version"] = name_served_version(app)
    facts["client"] = asked.remote_addr
    # Made by hand: nobody needs the line of code that logs, and looking for it takes as long as all the rest.
    record = logging.LogRecord(_logger.name, level, __file__, 0, message, (), None)
    record.facts = facts
    _logger.handle(record)
    return response
