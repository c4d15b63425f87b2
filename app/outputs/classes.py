"""Predictions as the interface writes them down."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.model.predictor import BatchPrediction
from app.web.service import ServedModel

PROBABILITY_DECIMALS = 6


def to_json(served: ServedModel, answers: BatchPrediction) -> list[dict[str, Any]]:
    """Return each of `answers` as the JSON object that `POST /predict` answers with."""
    rounded = np.round(answers.probabilities, PROBABILITY_DECIMALS).tolist()
    n_features = served.predictor.expected_n_features
    return [
        {
            "label": label,
            "probabilities": dict(zip(served.class_keys, probabilities, strict=True)),
            "model_version": answers.model_version,
            "n_features_in": n_features,
        }
        for label, probabilities in zip(answers.labels.tolist(), rounded, strict=True)
    ]
