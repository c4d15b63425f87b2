"""Predicting: a pipeline's answers in the form that metrics are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from app.evaluation.predictions import Predictions
from app.evaluation.quantile import find_quantile
from app.evaluation.tasks import measure_predictions
from app.publishing.models import is_by_class, prepare_rows
from training.instances import take_rows
from training.tasks import CLASSIFICATION, CLUSTER, OUTLIER, find_task


def measure(pipeline: Any, X: Any, y: Any, task: str | None = None, targets: Sequence[str] = ()) -> dict[str, float]:
    """Return the metrics of a fitted pipeline on rows that it may or may not have seen; none for no rows.

    The task is that of the pipeline and `y`, unless it is named; `targets` name the columns of `y`.
    """
    if len(X) == 0:  # estimators refuse to predict nothing
        return {}
    own_task = task or find_task(pipeline, y)
    return measure_predictions(own_task, _ask(pipeline, X, own_task), y, targets)


def predict(pipeline: Any, X: Any) -> NDArray[Any]:
    """Return the predictions, of shape (n_samples,) where there is one target, whatever the estimator makes of it."""
    if len(X) == 0:
        return np.empty(0)
    predicted = pipeline.predict(X)
    dense = np.asarray(predicted.toarray() if hasattr(predicted, "toarray") else predicted)
    return dense[:, 0] if dense.ndim == 2 and dense.shape[1] == 1 else dense


def find_predicted_quantile(model: Any) -> float | None:
    """Return the quantile that a model, or what a pipeline ends with, predicts; `None` where it predicts the mean."""
    estimator = model[-1] if isinstance(model, Pipeline) else model
    return find_quantile(estimator.get_params(deep=False))


def _ask(pipeline: Any, X: Any, task: str) -> Predictions:
    predicted = predict(pipeline, X)
    if task == CLASSIFICATION:
        return Predictions(predicted, _score_classes(pipeline, X), pipeline.classes_)
    if task == OUTLIER and hasattr(pipeline, "decision_function"):
        return Predictions(predicted, np.asarray(pipeline.decision_function(X)).reshape(len(predicted)))
    if task == CLUSTER:
        return Predictions(predicted, transform=lambda rows: prepare_rows(pipeline, take_rows(X, rows)))
    return Predictions(predicted, quantile=find_predicted_quantile(pipeline))


def _score_classes(pipeline: Any, X: Any) -> NDArray[np.float64] | None:
    """Return how much each instance is of each class, of shape (n_samples, n_classes), `None` where nothing says so."""
    if hasattr(pipeline, "predict_proba"):
        return np.asarray(pipeline.predict_proba(X))
    if not hasattr(pipeline, "decision_function"):
        return None
    scores = np.asarray(pipeline.decision_function(X))
    if not is_by_class(pipeline, scores, len(pipeline.classes_)):
        return None
    return scores if scores.ndim == 2 else np.column_stack([-scores, scores])
