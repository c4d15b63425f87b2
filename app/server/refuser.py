"""The refuser: it answers what the application is not asked about, or fails to answer, and counts and logs that."""

from __future__ import annotations

import time

from app.metrics.requests import UNROUTED, RequestMetrics
from app.server.refusal import Refusal, encode_refusal
from app.server.request import HttpRequest
from app.web.access_line import log_overload, log_refused
from app.web.facts import choose_request_id
from app.web.service import Service


class Refuser:
    """Refuses requests of a worker, in any of its threads."""

    def __init__(self, service: Service, metrics: RequestMetrics) -> None:
        self._service = service
        self._metrics = metrics
        self._n_overloaded = 0

    def refuse(
        self, refusal: Refusal, request: HttpRequest | None, client: str, began_at: float, keeps_on: bool = False
    ) -> bytes:
        """Return the answer to a request, of which `None` may be known; a line of the log says why.

        began_at : when it began, or to be answered, by the monotonic clock.
        """
        request_id, version = _choose_id(request), self._service.served_version
        duration_seconds = time.monotonic() - began_at
        self._metrics.count(UNROUTED, "other", refusal.status, duration_seconds)
        log_refused(refusal.status, refusal, request_id, duration_seconds, version, client)
        return encode_refusal(refusal, request_id, version, keeps_on=keeps_on)

    def refuse_for_overload(self, refusal: Refusal, request: HttpRequest, keeps_on: bool) -> bytes:
        """Return the answer to a request for which there is no time, in the thread of the loop.

        All of them together are logged once in a while.
        """
        self._n_overloaded += 1
        route = request.target.partition(b"?")[0].rstrip(b"/").decode("latin-1")
        self._metrics.count(route, request.method, refusal.status, time.monotonic() - request.completed_at)
        version, protocol = self._service.served_version, f"HTTP/{request.version}"
        return encode_refusal(refusal, _choose_id(request), version, protocol, keeps_on)

    def log_overload(self) -> None:
        """Log how many requests have been refused since the last time for there were too many."""
        if self._n_overloaded:
            log_overload(self._n_overloaded, self._service.served_version)
            self._n_overloaded = 0


def _choose_id(request: HttpRequest | None) -> str:
    """Return the id that a request claims to have, if it can be one, or else a new one."""
    claimed = request.get_header(b"x-request-id") if request is not None else None
    return choose_request_id(claimed.decode("latin-1") if claimed else "")
