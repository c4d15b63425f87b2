"""Limit of a body: by default as long as a full batch of the model being served may be."""

from __future__ import annotations

import json
from collections.abc import Iterable

from app.columns.column import Column

LEAST_BODY_BYTES = 2 * 1024 * 1024
# Parsed in every thread at once, more is too much memory to take unasked: full batches of still wider models want
# MAX_BODY_BYTES.
MOST_BODY_BYTES = 64 * 1024 * 1024

_STEP_BYTES = 1024 * 1024
_SEPARATOR_BYTES = len(": ") + len(", ")
_ROW_BYTES = len("{}, ")


def choose_max_body_bytes(columns: Iterable[Column], max_batch_size: int) -> int:
    """Return how long a body may be: a full batch by name on one line, in whole MiB from 2 to 64."""
    row_bytes = _ROW_BYTES + sum(
        len(json.dumps(column.name)) + column.value_bytes + _SEPARATOR_BYTES for column in columns
    )
    # One more for what stands around the instances.
    n_steps = max_batch_size * row_bytes // _STEP_BYTES + 1
    return min(max(n_steps * _STEP_BYTES, LEAST_BODY_BYTES), MOST_BODY_BYTES)
