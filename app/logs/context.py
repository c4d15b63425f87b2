"""Ids of the request that this thread is at, on every line of the log that it writes meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import ContextVar, Token

LogIds = Mapping[str, str]

# A thread answers one request after another: what is set has to be reset.
_ids: ContextVar[LogIds] = ContextVar("log_ids", default={})


def set_log_ids(ids: LogIds) -> Token[LogIds]:
    """Have the lines of this thread hold `ids`, and return what `reset_log_ids` needs."""
    return _ids.set(ids)


def reset_log_ids(token: Token[LogIds]) -> None:
    """Have the lines of this thread hold what they held before `set_log_ids` returned `token`."""
    _ids.reset(token)


class RequestFilter(logging.Filter):
    """Adds `request_id`, and `trace_id` and `span_id` where there are any, to the records of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        record.__dict__.update(_ids.get())
        return True
