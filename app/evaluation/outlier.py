"""Metrics of outlier detectors, with known outliers and without."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_score, recall_score, roc_auc_score

from app.evaluation.predictions import Predictions

LABELS = {
    "outlier_share": "Share of outliers",
    "precision": "Precision (outliers)",
    "recall": "Recall (outliers)",
    "roc_auc": "ROC AUC",
}
_OUTLIER = -1


def measure(predictions: Predictions, y: NDArray[np.int64] | None) -> dict[str, float]:
    """Return the share of outliers among the answers and, with `y` of -1 and 1, how well they were found."""
    found = predictions.predicted == _OUTLIER
    metrics = {"outlier_share": float(np.mean(found))}
    if y is None:
        return metrics
    known = y == _OUTLIER
    metrics["precision"] = float(precision_score(known, found, zero_division=0))
    metrics["recall"] = float(recall_score(known, found, zero_division=0))
    if known.any() and not known.all() and predictions.scores is not None:
        metrics["roc_auc"] = float(roc_auc_score(known, -predictions.scores))
    return metrics
