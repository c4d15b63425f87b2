"""Parallelism: how estimators that want several processors use them in the service."""

from __future__ import annotations

from joblib import register_parallel_backend
from joblib.parallel import ThreadingBackend


def keep_to_this_process() -> None:
    """Have joblib use threads from now on, where an estimator does not say what it wants.

    By default it starts processes for an estimator with `n_jobs`: seconds for the first request, and processes that
    outlive the worker.
    """
    register_parallel_backend("threading", ThreadingBackend, make_default=True)
