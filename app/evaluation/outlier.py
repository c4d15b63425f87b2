"""Metrics of outlier detectors, with known outliers and without."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_score, recall_score, roc_auc_score
from sklearn.pipeline import Pipeline

from training.evaluation.predicting import predict

LABELS = {
    "outlier_share": "Share of outliers",
    "precision": "Precision (outliers)",
    "recall": "Recall (outliers)",
    "roc_auc": "ROC AUC",
}
_OUTLIER = -1


def measure(pipeline: Pipeline, X: Any, y: NDArray[np.int64] | None) -> dict[str, float]:
    """Return the share of outliers that a fitted pipeline finds and, with `y` of -1 and 1, how well it finds them."""
    found = predict(pipeline, X) == _OUTLIER
    metrics = {"outlier_share": float(np.mean(found))}
    if y is None:
        return metrics
    known = y == _OUTLIER
    metrics["precision"] = float(precision_score(known, found, zero_division=0))
    metrics["recall"] = float(recall_score(known, found, zero_division=0))
    if known.any() and not known.all() and hasattr(pipeline, "decision_function"):
        scores = np.asarray(pipeline.decision_function(X)).reshape(len(known))
        metrics["roc_auc"] = float(roc_auc_score(known, -scores))
    return metrics
