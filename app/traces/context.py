"""The caller's trace, continued: the `traceparent` header, as W3C's Trace Context Recommendation has it."""

from __future__ import annotations

import re
import secrets
from typing import NamedTuple

# Only later versions may say more than the four fields, and only after another hyphen. Two headers arrive as one with a
# comma, which none of the fields holds.
_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-[^,]*)?")
_FIRST_VERSION = "00"


class TraceParent(NamedTuple):
    """The span of the caller that a request belongs to: ids in lower-case hexadecimal, and the trace's flags."""

    trace_id: str
    span_id: str
    flags: int


def parse_traceparent(header: str) -> TraceParent | None:
    """Return what a `traceparent` header says, or `None` where it is not valid."""
    match = _TRACEPARENT.fullmatch(header)
    if match is None or (match[1] == _FIRST_VERSION and match[5] is not None):
        return None
    return TraceParent(match[2], match[3], int(match[4], 16))


def create_span_id() -> str:
    """Return a new span id: 16 hexadecimal digits, not all of them 0."""
    return f"{secrets.randbelow(2**64 - 1) + 1:016x}"
