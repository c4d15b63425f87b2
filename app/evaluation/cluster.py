"""Metrics of clusterers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import silhouette_score
from sklearn.pipeline import Pipeline

from training.evaluation.predicting import predict
from training.instances import take_rows

LABELS = {"clusters": "Clusters", "silhouette": "Silhouette", "largest_share": "Share of the largest"}
MAX_SILHOUETTE_ROWS = 2000  # its distances grow with the square of the rows


def measure(pipeline: Pipeline, X: Any) -> dict[str, float]:
    """Return how many clusters the rows fall into, how well apart those are and how large the largest is.

    The silhouette is that of what the last step of the pipeline sees, on rows spread over all of them.
    """
    labels = predict(pipeline, X)
    counts = np.unique(labels, return_counts=True)[1]
    return {
        "clusters": float(len(counts)),
        **_measure_silhouette(pipeline, X, labels),
        "largest_share": float(counts.max() / len(labels)),
    }


def _measure_silhouette(pipeline: Pipeline, X: Any, labels: NDArray[Any]) -> dict[str, float]:
    rows = np.linspace(0, len(labels) - 1, num=min(MAX_SILHOUETTE_ROWS, len(labels)), dtype=np.int64)
    chosen = labels[rows]
    if not 2 <= len(np.unique(chosen)) < len(chosen):
        return {}
    few = take_rows(X, rows)
    return {"silhouette": float(silhouette_score(_transform(pipeline, few), chosen))}


def _transform(pipeline: Pipeline, X: Any) -> Any:
    return pipeline[:-1].transform(X) if isinstance(pipeline, Pipeline) and len(pipeline) > 1 else X
