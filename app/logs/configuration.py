"""How the service logs: what `logging.config` is told."""

from __future__ import annotations

import os
from typing import Any

from app.logs.context import RequestFilter
from app.logs.handler import NonBlockingHandler
from app.logs.lines import JsonFormatter, TextFormatter


def build_log_config(level: str, log_format: str) -> dict[str, Any]:
    """Return the `logging.config` dictionary by which gunicorn and the application log alike, to standard error."""
    formatter = (
        {"()": JsonFormatter} if log_format == "json" else {"()": TextFormatter, "has_colours": _wants_colours()}
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": RequestFilter}},
        "formatters": {"chosen": formatter},
        "handlers": {
            "stderr": {"()": NonBlockingHandler, "formatter": "chosen", "filters": ["request"]},
        },
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": {"level": level.upper(), "handlers": [], "propagate": True},
            "gunicorn.access": {"level": level.upper(), "handlers": [], "propagate": True},
        },
    }


def _wants_colours() -> bool:
    """Return whether a terminal shows the log, and its user has not declined colours (no-color.org)."""
    return os.isatty(2) and not os.environ.get("NO_COLOR")
