"""Classes: the index of the likeliest one, and the probability of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.outputs.output import Output

PROBABILITY_DECIMALS = 6

# How far a probability may be from the golden one: other processors add up in another order.
_TOLERANCE = 1e-9
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}


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


class ClassOutput(Output[BatchPrediction]):
    """The answers of a classifier with so many classes."""

    def __init__(self, n_classes: int) -> None:
        self.class_keys = tuple(f"class_{index}" for index in range(n_classes))

    def gather(self, computed: tuple[NDArray[Any], ...], model_version: str) -> BatchPrediction:
        """Return the answers that were computed as class indices and probabilities."""
        labels, probabilities = computed
        return BatchPrediction(labels, probabilities, model_version)

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

    def to_json_schemas(self) -> dict[str, dict[str, Any]]:
        """Return the JSON Schemas of the probabilities and of such an object, which refers to them."""
        prediction = {
            "label": {
                "type": "integer",
                "description": "The class index.",
                "minimum": 0,
                "maximum": len(self.class_keys) - 1,
            },
            "probabilities": {
                "description": f"By class index, rounded to {PROBABILITY_DECIMALS} decimals.",
                "$ref": "#/components/schemas/Probabilities",
            },
            "model_version": {"type": "string"},
            "n_features_in": {"type": "integer"},
        }
        return {
            "Probabilities": _describe_object(dict.fromkeys(self.class_keys, _SHARE)),
            "Prediction": _describe_object(prediction),
        }

    def find_difference(self, answers: BatchPrediction, golden: BatchPrediction) -> str | None:
        """Return whether it is the labels or the probabilities that differ, as far as floating point can tell."""
        if not np.array_equal(answers.labels, golden.labels):
            return "labels"
        return None if are_close(answers.probabilities, golden.probabilities) else "probabilities"

    def measure_shares(self, answers: NDArray[Any]) -> list[float]:
        """Return how often each class is predicted; `answers` are class indices."""
        return [float(np.mean(answers == index)) for index in range(len(self.class_keys))]


def are_close(probabilities: NDArray[np.float64], golden: NDArray[np.float64]) -> bool:
    """Return whether the probabilities are the golden ones, as far as floating point can tell."""
    has_shape = probabilities.shape == golden.shape
    return has_shape and np.allclose(probabilities, golden, rtol=0, atol=_TOLERANCE)


def _describe_object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }
