"""What a log line says of the request that it belongs to."""

from __future__ import annotations

import logging

from flask import g, has_request_context

_IDS = ("request_id", "trace_id", "span_id")


class RequestFilter(logging.Filter):
    """Adds `request_id`, `trace_id` and `span_id` to every record: the current request's, or `None` outside of one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        is_in_request = has_request_context()
        for name in _IDS:
            if not hasattr(record, name):  # a line that is logged beside its request brings its own
                setattr(record, name, g.get(name) if is_in_request else None)
        return True
