"""Log lines: JSON for machines, text for a person at a terminal; both with the ids of the request they belong to."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from app.logs.tracebacks import format_without_text

_RESET = "\x1b[0m"
_COLOURS = {
    "DEBUG": "\x1b[2m",
    "INFO": "\x1b[32m",
    "WARNING": "\x1b[33m",
    "ERROR": "\x1b[31m",
    "CRITICAL": "\x1b[1;31m",
}


@lru_cache(maxsize=1)  # many lines are of one second
def _format_second(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%S")


class _RequestFormatter(logging.Formatter):
    """Leaves out of a request's lines what exceptions say, which may quote the caller."""

    def format_exception_of(self, record: logging.LogRecord) -> str | None:
        """Return the stack trace of `record`, if it has one."""
        if not record.exc_info or record.exc_info[1] is None:
            return None
        if getattr(record, "request_id", None):
            return format_without_text(record.exc_info[1])
        return self.formatException(record.exc_info)


class JsonFormatter(_RequestFormatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of `record`."""
        line: dict[str, Any] = {
            "time": f"{_format_second(int(record.created))}.{int(record.created % 1 * 1000):03d}+00:00",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "pid": record.process,
        }
        said = record.__dict__
        for name in ("request_id", "trace_id", "span_id"):
            if identifier := said.get(name):
                line[name] = identifier
        line.update(said.get("facts", ()))
        if exception := self.format_exception_of(record):
            line["exception"] = exception
        try:
            return orjson.dumps(line).decode()
        except orjson.JSONEncodeError:  # a lone surrogate, as in the name of a file that is not UTF-8
            return json.dumps(line)


class TextFormatter(_RequestFormatter):
    """Writes a record for a person: time in UTC, level, message, and the ids of its request where there is one."""

    def __init__(self, has_colours: bool = False) -> None:
        super().__init__()
        self._has_colours = has_colours

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of `record`; a stack trace follows on lines of its own."""
        ids = [part for part in (getattr(record, "request_id", None), self._name_trace(record)) if part]
        of_request = f" [{', '.join(ids)}]" if ids else ""
        time = f"{_format_second(int(record.created)).partition('T')[2]}Z"
        line = f"{time} {self._name_level(record)} {record.getMessage()}{of_request}"
        exception = self.format_exception_of(record)
        return f"{line}\n{exception}" if exception else line

    def _name_level(self, record: logging.LogRecord) -> str:
        name = f"{record.levelname:<8}"
        return f"{_COLOURS.get(record.levelname, '')}{name}{_RESET}" if self._has_colours else name

    def _name_trace(self, record: logging.LogRecord) -> str | None:
        trace_id = getattr(record, "trace_id", None)
        return f"trace {trace_id}" if trace_id else None
