"""The baseline: a model that looks at no column, which any other must be better than."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor

from training.dataset import Split
from training.evaluation import cross_validate, find_predicted_quantile, measure
from training.folds import Folds
from training.tasks import CLASSIFICATION, MULTILABEL, MULTIOUTPUT, REGRESSION


@dataclass(frozen=True)
class Baseline:
    """What the baseline is, in words, and its metrics by part."""

    description: str
    metrics: dict[str, dict[str, float]]


def measure_baseline(estimator: Any, split: Split, folds: Folds) -> Baseline | None:
    """Return how good the baseline for `estimator` is on the test part, or over the folds where there is none.

    `None` for tasks that have no baseline.
    """
    built = _build(estimator, split.task)
    if built is None:
        return None
    dummy, description = built
    blind = Split(_blind(split.X_train), _blind(split.X_test), split.y_train, split.y_test, split.task, split.targets)
    if len(split.X_test):
        dummy.fit(blind.X_train, blind.y_train)
        metrics = {"test": measure(dummy, blind.X_test, blind.y_test, split.task, split.targets)}
    else:
        build = partial(_build_dummy, estimator, split.task)
        metrics = {"cross_validation": cross_validate(build, blind, folds)}
    return Baseline(description, metrics)


def _build_dummy(estimator: Any, task: str) -> Any:
    built = _build(estimator, task)
    return built[0] if built else None


def _build(estimator: Any, task: str) -> tuple[Any, str] | None:
    if task in (CLASSIFICATION, MULTILABEL, MULTIOUTPUT):
        return DummyClassifier(strategy="prior"), "predicts the commonest class always"
    if task != REGRESSION:
        return None
    quantile = find_predicted_quantile(estimator)
    if quantile is None:
        return DummyRegressor(), "predicts the mean always"
    return DummyRegressor(strategy="quantile", quantile=quantile), f"predicts the quantile {quantile:g} always"


def _blind(X: Any) -> NDArray[np.float64]:
    """Return rows that say nothing, as many as those of `X`, whatever its columns are."""
    return np.zeros((len(X), 1))
