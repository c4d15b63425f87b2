"""Single threads: a fitted estimator that computes its answers in the thread that asks.

With more threads a forest adds up its trees in another order each time, so that the last bits of an answer differ from
one request to the next; and one row takes longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

_PLAIN = (str, bytes, int, float, complex, bool, type(None), np.generic)


def use_single_thread(estimator: Any) -> None:
    """Set `n_jobs` to 1 in a fitted estimator and in all that it is made of."""
    for part in _list_parts(estimator):
        if "n_jobs" in getattr(part, "__dict__", {}):
            part.n_jobs = 1
        if hasattr(part, "get_booster") and getattr(part, "_Booster", None) is not None:
            part.get_booster().set_param({"nthread": 1})  # what XGBoost predicts with, whatever its wrapper says


def _list_parts(whole: Any) -> Iterator[Any]:
    """Yield an object and every object that it holds, each once."""
    pending, seen = [whole], set[int]()
    while pending:
        part = pending.pop()
        if isinstance(part, (_PLAIN, type)) or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        pending.extend(_list_contents(part))


def _list_contents(part: Any) -> list[Any]:
    if isinstance(part, dict):
        return list(part.values())
    if isinstance(part, (list, tuple, set, frozenset)):
        return list(part)
    if isinstance(part, np.ndarray):
        return list(part.flat) if part.dtype == object else []
    return list(getattr(part, "__dict__", {}).values())
