"""The log: one line a request, JSON or text, written to standard error without ever waiting for its reader."""

from app.logs.configuration import build_log_config
from app.logs.handler import count_dropped_lines, finish_log, flush_log

__all__ = ["build_log_config", "count_dropped_lines", "finish_log", "flush_log"]
