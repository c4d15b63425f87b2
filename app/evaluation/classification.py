"""Metrics of classifiers, with probabilities and without."""

from __future__ import annotations

from collections.abc import Sequence
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

from app.evaluation.predictions import Predictions
from app.evaluation.ranking import measure_ranking

LABELS = {
    "accuracy": "Accuracy",
    "precision_macro": "Precision (macro)",
    "recall_macro": "Recall (macro)",
    "f1_macro": "F1 (macro)",
    "roc_auc": "ROC AUC",
    "average_precision": "Average precision",
}
MANY_CLASSES = 100


def measure(predictions: Predictions, y: NDArray[Any]) -> dict[str, float]:
    """Return the metrics of answers, where `y` of shape (n_samples,) has what was right.

    With more than two classes, ROC AUC is one-versus-rest and average precision is taken class by class; both are
    averaged without weights, as precision, recall and F1 always are, over the classes that occur. They are left out
    where there is nothing to order instances by, or where one class alone occurs.
    """
    predicted = predictions.predicted
    macro: dict[str, Any] = {"average": "macro", "zero_division": 0}
    return {
        "accuracy": float(accuracy_score(y, predicted)),
        "precision_macro": float(precision_score(y, predicted, **macro)),
        "recall_macro": float(recall_score(y, predicted, **macro)),
        "f1_macro": float(f1_score(y, predicted, **macro)),
        **_measure_order(y, predictions.scores, predictions.classes),
    }


def _measure_order(y: NDArray[Any], scores: NDArray[np.float64] | None, classes: Sequence[Any]) -> dict[str, float]:
    if scores is None or not np.isfinite(scores).all():
        return {}
    # The second of two classes says all that there is to say.
    columns = list(zip(classes, scores.T, strict=True))[-1 if len(classes) == 2 else 0 :]
    pairs = [(is_of_class, column) for each, column in columns if _divides(is_of_class := y == each)]
    if not pairs:
        return {}
    measure_class = measure_ranking if len(pairs) > MANY_CLASSES else _measure_class
    roc_auc, average_precision = np.average([measure_class(*pair) for pair in pairs], axis=0)
    return {"roc_auc": float(roc_auc), "average_precision": float(average_precision)}


def _measure_class(is_of_class: NDArray[np.bool_], scores: NDArray[np.float64]) -> tuple[float, float]:
    return roc_auc_score(is_of_class, scores), average_precision_score(is_of_class, scores)


def _divides(is_of_class: NDArray[np.bool_]) -> bool:
    return bool(is_of_class.any() and not is_of_class.all())
