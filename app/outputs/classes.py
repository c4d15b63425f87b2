"""Classes: the index of the likeliest one, and the probability of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PROBABILITY_DECIMALS = 6


@dataclass(frozen=True)
class Prediction:
    """The answer for one instance: the class index and the probability of each class, shape (n_classes,)."""

    label: int
    probabilities: NDArray[np.float64]
    model_version: str


@dataclass(frozen=True)
class BatchPrediction:
    """The answers for a batch: class indices of shape (n,), probabilities of shape (n, n_classes)."""

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    model_version: str

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, row: int) -> Prediction:
        return Prediction(int(self.labels[row]), self.probabilities[row], self.model_version)


class ClassOutput:
    """How the answers of a classifier with so many classes are written down."""

    def __init__(self, n_classes: int) -> None:
        self.class_keys = tuple(f"class_{index}" for index in range(n_classes))

    def to_json(self, answers: BatchPrediction, n_features: int) -> list[dict[str, Any]]:
        """Return each of `answers` as the JSON object that `POST /predict` answers with."""
        rounded = np.round(answers.probabilities, PROBABILITY_DECIMALS).tolist()
        return [
            {
                "label": label,
                "probabilities": dict(zip(self.class_keys, probabilities, strict=True)),
                "model_version": answers.model_version,
                "n_features_in": n_features,
            }
            for label, probabilities in zip(answers.labels.tolist(), rounded, strict=True)
        ]
