"""Evaluation: how good a classifier is on one part of the data, and over the folds of a cross-validation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import label_binarize

N_FOLDS = 5

BuildPipeline = Callable[[], Pipeline]


def measure(pipeline: Pipeline, X: NDArray[np.float64], y: NDArray[np.int64]) -> dict[str, float]:
    """Return the metrics of a fitted pipeline on `X` of shape (n_samples, n_features).

    With more than two classes, ROC AUC is one-versus-rest and average precision is taken class by class; both are
    averaged without weights, as precision, recall and F1 always are.
    """
    predicted = pipeline.predict(X)
    probabilities = pipeline.predict_proba(X)
    macro: dict[str, Any] = {"average": "macro", "zero_division": 0}
    return {
        "accuracy": float(accuracy_score(y, predicted)),
        "precision_macro": float(precision_score(y, predicted, **macro)),
        "recall_macro": float(recall_score(y, predicted, **macro)),
        "f1_macro": float(f1_score(y, predicted, **macro)),
        "roc_auc": _roc_auc(y, probabilities),
        "average_precision": _average_precision(y, probabilities, pipeline.classes_),
    }


def cross_validate(
    build_pipeline: BuildPipeline,
    X: NDArray[np.float64],
    y: NDArray[np.int64],
    seed: int,
    show_progress: Callable[[Sequence[Any]], Iterable[Any]] = iter,
) -> dict[str, float]:
    """Return the mean and the standard deviation of each metric over stratified folds, a new pipeline fitted for each.

    `show_progress` is handed the folds and hands them on one by one.
    """
    folds = StratifiedKFold(n_splits=N_FOLDS, shuffle=True, random_state=seed)
    splits = list(folds.split(X, y))
    scores = [
        measure(build_pipeline().fit(X[train], y[train]), X[held_out], y[held_out])
        for train, held_out in show_progress(splits)
    ]
    return dict(_summarize(scores))


def _summarize(scores: list[dict[str, float]]) -> Iterator[tuple[str, float]]:
    for name in scores[0]:
        values = [score[name] for score in scores]
        yield f"{name}_mean", float(np.mean(values))
        yield f"{name}_std", float(np.std(values))


def _roc_auc(y: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
    if probabilities.shape[1] == 2:
        return float(roc_auc_score(y, probabilities[:, 1]))
    return float(roc_auc_score(y, probabilities, multi_class="ovr", average="macro"))


def _average_precision(y: NDArray[np.int64], probabilities: NDArray[np.float64], classes: NDArray[np.int64]) -> float:
    if probabilities.shape[1] == 2:
        return float(average_precision_score(y, probabilities[:, 1]))
    return float(average_precision_score(label_binarize(y, classes=classes), probabilities, average="macro"))
