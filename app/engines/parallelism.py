"""Parallelism: how estimators that want several processors use them in the service.

With more threads than one a forest adds up its trees in another order each time, so that the last bits of an answer
differ from one request to the next; and one row takes longer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from joblib import cpu_count, register_parallel_backend
from joblib.parallel import ThreadingBackend
from threadpoolctl import threadpool_limits

_CATBOOST_METHODS = ("predict", "predict_proba", "predict_log_proba")
# What OpenMP and the libraries of linear algebra read when they are loaded; the latter look at the former as well.
_OPENMP, _BLAS = "OMP_NUM_THREADS", ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_PLAIN = (str, bytes, int, float, complex, bool, type(None), np.generic)


def keep_to_this_process() -> None:
    """Have joblib use threads from now on, where an estimator does not say what it wants.

    By default it starts processes for an estimator with `n_jobs`: seconds for the first request, and processes that
    outlive the worker.
    """
    register_parallel_backend("threading", ThreadingBackend, make_default=True)


def count_share(n_processes: int) -> int:
    """Return how many processors each of so many processes has for itself, one at least."""
    return max(1, int(cpu_count()) // n_processes)


def share_processors(n_processes: int) -> None:
    """Leave each of so many processes the threads of its share of the processors, unless the environment says how many.

    To be called before scikit-learn is imported. With more threads than processors, those of one computation wait for
    one another while others have the processors: a second, where a row takes 30 ms.
    """
    share = os.environ.setdefault(_OPENMP, str(count_share(n_processes)))
    for name in _BLAS:
        os.environ.setdefault(name, share)


def keep_to_share() -> None:
    """Have what numpy has loaded already, before its share was known, keep to it in this process."""
    share = next((os.environ[name] for name in _BLAS if os.environ.get(name, "").isdigit()), None)
    if share is not None:
        threadpool_limits(int(share), user_api="blas")


def use_single_thread(estimator: Any) -> None:
    """Set `n_jobs` to 1 in a fitted estimator and in all that it is made of."""
    for part in _list_parts(estimator):
        if "n_jobs" in getattr(part, "__dict__", {}):
            part.n_jobs = 1
        if hasattr(part, "get_booster") and getattr(part, "_Booster", None) is not None:
            part.get_booster().set_param({"nthread": 1})  # what XGBoost predicts with, whatever its wrapper says


def answer_in_single_thread(estimator: Any) -> None:
    """Do the same for good, to answer requests: CatBoost is told at each call. It is not to be pickled any more."""
    use_single_thread(estimator)
    for part in _list_parts(estimator):
        if type(part).__module__.partition(".")[0] == "catboost":
            for name in _CATBOOST_METHODS:
                if hasattr(part, name):
                    setattr(part, name, partial(getattr(part, name), thread_count=1))


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
