"""Limit of a body: by default as long as a full batch of the model being served may be."""

from __future__ import annotations

import json
from collections.abc import Iterable

LEAST_BODY_BYTES = 2 * 1024 * 1024
# Parsed in every thread at once, more is too much memory to take unasked: full batches of still wider models want
# MAX_BODY_BYTES.
MOST_BODY_BYTES = 64 * 1024 * 1024

_STEP_BYTES = 1024 * 1024
# The longest float64, -2.2250738585072014e-308, with a comma and a space.
_NUMBER_BYTES = 26
_NAME_SEPARATOR_BYTES = len(": ")
_ROW_BYTES = len("{}, ")


def choose_max_body_bytes(feature_names: Iterable[str], max_batch_size: int) -> int:
    """Return how long a body may be: a full batch by name on one line, in whole MiB from 2 to 64."""
    name_bytes = (len(json.dumps(name)) + _NAME_SEPARATOR_BYTES for name in feature_names)
    row_bytes = _ROW_BYTES + sum(_NUMBER_BYTES + n_bytes for n_bytes in name_bytes)
    # One more for what stands around the instances.
    n_steps = max_batch_size * row_bytes // _STEP_BYTES + 1
    return min(max(n_steps * _STEP_BYTES, LEAST_BODY_BYTES), MOST_BODY_BYTES)
