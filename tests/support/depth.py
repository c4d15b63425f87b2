"""How often a race is repeated and how deep is searched: a few times in `make test`, many times in `make test-long`."""

from __future__ import annotations

import os

IS_LONG = os.environ.get("TEST_DEPTH") == "long"


def repeats(few: int, many: int) -> int:
    """Return how often to do it: `few` times, or `many` where there is all night for it."""
    return many if IS_LONG else few
