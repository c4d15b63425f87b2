"""Classes: the class that is predicted, and the probability or the score of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.outputs.output import PROBABILITY_DECIMALS, SHARE, Output, Target, describe_object, round_to
from app.outputs.prediction import BatchPrediction

_MAX_DOCUMENTED_VALUES = 200


class ClassOutput(Output):
    """The answers of a classifier with these `classes`.

    `evidence` is what it gives besides: `probabilities`, `scores` or nothing. `names_class` adds the class itself to
    its index. `threshold` is what the probability of the second class must reach, where that is not one half.
    """

    def __init__(
        self,
        classes: Sequence[Any],
        evidence: str | None = "probabilities",
        names_class: bool = True,
        threshold: float | None = None,
    ) -> None:
        self.classes = list(classes)
        self.class_keys = tuple(f"class_{index}" for index in range(len(classes)))
        self.arrays = ("labels", evidence) if evidence else ("labels",)
        self.targets = (Target("label", tuple(map(str, range(len(classes))))),)
        self._evidence = evidence
        self._names_class = names_class
        self._threshold = threshold

    def find_parts(self, answers: BatchPrediction) -> NDArray[np.intp]:
        """Return the class indices."""
        return answers.labels[:, np.newaxis]

    def find_confidence(self, answers: BatchPrediction) -> NDArray[np.float64] | None:
        """Return the highest probability of each answer."""
        if self._evidence != "probabilities":
            return None
        if len(answers) == 1:
            return np.array([max(answers.probabilities[0].tolist())])
        # By columns, of which there are few, this takes a tenth of the time.
        highest: NDArray[np.float64] = np.maximum.reduce(np.ascontiguousarray(answers.probabilities.T))
        return highest

    def _list_rows(self, answers: BatchPrediction, decimals: int) -> list[dict[str, Any]]:
        labels: list[int] = answers.labels.tolist()
        rows: list[dict[str, Any]] = (
            [{"label": label, "class": self.classes[label]} for label in labels]
            if self._names_class
            else [{"label": label} for label in labels]
        )
        if self._evidence is None:
            return rows
        numbers = answers.arrays[self._evidence]
        if self._evidence == "probabilities":
            numbers = round_to(numbers, decimals)
        for row, evidence in zip(rows, numbers.tolist(), strict=True):
            row[self._evidence] = dict(zip(self.class_keys, evidence, strict=True))
        return rows

    def _describe(self) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "label": {
                "type": "integer",
                "description": f"The class index.{self._describe_threshold()}",
                "minimum": 0,
                "maximum": len(self.class_keys) - 1,
            }
        }
        if self._names_class:
            properties["class"] = {"description": "The class itself.", **describe_values(self.classes)}
        if self._evidence == "probabilities":
            properties["probabilities"] = {
                "description": f"By class index, rounded to {PROBABILITY_DECIMALS} decimals.",
                "$ref": "#/components/schemas/Probabilities",
            }
        elif self._evidence == "scores":
            properties["scores"] = {
                "description": "By class index: the estimator's decision function.",
                "$ref": "#/components/schemas/Scores",
            }
        return properties

    def _describe_parts(self) -> dict[str, dict[str, Any]]:
        if self._evidence == "probabilities":
            return {"Probabilities": describe_object(dict.fromkeys(self.class_keys, SHARE))}
        if self._evidence == "scores":
            return {"Scores": describe_object(dict.fromkeys(self.class_keys, {"type": "number"}))}
        return {}

    def _describe_threshold(self) -> str:
        if self._threshold is None:
            return ""
        rule = f"It is 1 where the probability of class_1 is at least {self._threshold:g}"
        return f" {rule}, which need not be the likelier class."


def describe_values(values: Sequence[Any]) -> dict[str, Any]:
    """Return the JSON Schema of one of `values`: strings, numbers or booleans."""
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
    names = sorted({kinds[type(value)] for value in values})
    schema: dict[str, Any] = {"type": names[0] if len(names) == 1 else names}
    if len(values) <= _MAX_DOCUMENTED_VALUES:
        schema["enum"] = list(values)
    return schema
