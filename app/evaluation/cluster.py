"""Metrics of clusterers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import silhouette_score

from app.evaluation.predictions import Predictions

LABELS = {"clusters": "Clusters", "silhouette": "Silhouette", "largest_share": "Share of the largest"}
MAX_SILHOUETTE_ROWS = 2000  # its distances grow with the square of the rows


def measure(predictions: Predictions) -> dict[str, float]:
    """Return how many clusters the rows fall into, how well apart those are and how large the largest is.

    The silhouette is that of what the clusterer itself sees, on rows spread over all of them.
    """
    labels = predictions.predicted
    counts = np.unique(labels, return_counts=True)[1]
    return {
        "clusters": float(len(counts)),
        **_measure_silhouette(predictions, labels),
        "largest_share": float(counts.max() / len(labels)),
    }


def _measure_silhouette(predictions: Predictions, labels: NDArray[Any]) -> dict[str, float]:
    rows = np.linspace(0, len(labels) - 1, num=min(MAX_SILHOUETTE_ROWS, len(labels)), dtype=np.int64)
    chosen = labels[rows]
    if predictions.transform is None or not 2 <= len(np.unique(chosen)) < len(chosen):
        return {}
    try:
        return {"silhouette": float(silhouette_score(predictions.transform(rows), chosen))}
    except (ValueError, TypeError):  # there are no distances between texts, nor to what is missing
        return {}
