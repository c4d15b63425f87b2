"""Facts of a request: what the stations of its life hand one another."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Collection
from contextvars import Token
from dataclasses import dataclass

from flask import Request, g, request

from app.columns.faults import FaultKind
from app.columns.table import Rows
from app.logs.context import LogIds
from app.outputs.prediction import BatchPrediction
from app.traces.tracer import RequestSpan

QUEUE_SECONDS = "ml_service.queue_seconds"
"""The key in WSGI's environment of how long a request has waited, since all of it had arrived; of our server alone."""

_REQUEST_ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass(slots=True)
class RequestFacts:
    """What is known of one request; the only thing of ours in `flask.g`."""

    request_id: str
    started_at_seconds: float
    """By `time.perf_counter`, its wait included."""
    span: RequestSpan
    queue_seconds: float | None = None
    """How long it has waited to be answered; `None` where the server does not say."""
    body_bytes: int | None = None
    """How long the body was; `None` where none has been read."""
    n_instances: int | None = None
    fault_kinds: Collection[FaultKind] = ()
    predictions: tuple[Rows, BatchPrediction] | None = None
    """What has been asked, and is about to be answered."""
    log_token: Token[LogIds] | None = None
    """What takes the request's ids off the lines of the log."""

    def list_ids(self) -> LogIds:
        """Return what the lines of the log say of the request."""
        trace_id, span_id = self.span.trace_id, self.span.span_id
        if trace_id is None or span_id is None:
            return {"request_id": self.request_id}
        return {"request_id": self.request_id, "trace_id": trace_id, "span_id": span_id}


def begin_facts(request: Request, span: RequestSpan) -> RequestFacts:
    """Return the facts of a request that begins now, with its `span`."""
    queue_seconds: float | None = request.environ.get(QUEUE_SECONDS)
    started_at_seconds = time.perf_counter() - (queue_seconds or 0.0)
    request_id = choose_request_id(request.headers.get("X-Request-ID", ""))
    return RequestFacts(request_id, started_at_seconds, span, queue_seconds)


def choose_request_id(claimed: str) -> str:
    """Return the id that a request claims to have, if it can be one, or else a new one."""
    return claimed if _REQUEST_ID_PATTERN.fullmatch(claimed) else create_request_id()


def create_request_id() -> str:
    """Return a new request id: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def get_request() -> Request:
    """Return the current request itself: each look through Flask's proxy costs a microsecond."""
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    return current


def get_facts() -> RequestFacts:
    """Return the facts of the current request."""
    facts: RequestFacts = g.facts
    return facts
