"""What a log line says of the request that it belongs to."""

from __future__ import annotations

import logging

from flask import g, has_request_context

_IDS = ("request_id", "trace_id", "span_id")


class RequestFilter(logging.Filter):
    """Adds `request_id`, and `trace_id` and `span_id` where there are any, to the records of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        if has_request_context():
            known = g._get_current_object().__dict__
            record.__dict__.update((name, known[name]) for name in _IDS if name in known)
        return True
