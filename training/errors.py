"""Errors: why nothing is trained, said before anything is fitted."""

from __future__ import annotations


class DatasetInvalid(ValueError):
    """Data that no model can be trained on. The message says what is wrong, where, and what to do."""


class EstimatorUnusable(ValueError):
    """An estimator that cannot be trained on the data, or could not be served. The message says why."""
