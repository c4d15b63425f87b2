"""Metrics of what predicts several labels, or the classes of several targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, hamming_loss

from app.evaluation.predictions import Predictions

LABELS = {
    "subset_accuracy": "Subset accuracy",
    "hamming_loss": "Hamming loss",
    "f1_micro": "F1 (micro)",
    "f1_macro": "F1 (macro)",
}
MULTIOUTPUT_LABELS = {"accuracy": "Accuracy"}


def measure(predictions: Predictions, y: NDArray[np.int64]) -> dict[str, float]:
    """Return the metrics of answers of 0 or 1 for each label, where `y` of shape (n_samples, n_labels) is right."""
    predicted = predictions.predicted.astype(np.int64)
    return {
        "subset_accuracy": float(accuracy_score(y, predicted)),
        "hamming_loss": float(hamming_loss(y, predicted)),
        "f1_micro": float(f1_score(y, predicted, average="micro", zero_division=0)),
        "f1_macro": float(f1_score(y, predicted, average="macro", zero_division=0)),
    }


def measure_outputs(predictions: Predictions, y: NDArray[Any], targets: Sequence[str] = ()) -> dict[str, float]:
    """Return the share of right classes over all targets, and for each by its name."""
    shares = np.mean(predictions.predicted == y, axis=0)
    names = targets or [str(index) for index in range(len(shares))]
    by_name = {f"accuracy[{target}]": float(share) for target, share in zip(names, shares, strict=True)}
    return {"accuracy": float(np.mean(shares)), **by_name}
