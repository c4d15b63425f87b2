"""Labels: the answers of a model that predicts several classes at once, one for each target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.outputs.classes import describe_values
from app.outputs.output import PROBABILITY_DECIMALS, SHARE, Output, Target, describe_object, round_to
from app.outputs.prediction import BatchPrediction


class MultilabelOutput(Output):
    """The answers of a model that says of each target whether it is there: 0 or 1, and how likely."""

    flat = frozenset()

    def __init__(self, targets: Sequence[str], has_probabilities: bool) -> None:
        self._names = tuple(targets)
        self.arrays = ("labels", "probabilities") if has_probabilities else ("labels",)
        self.targets = tuple(Target(name, ("0", "1")) for name in targets)

    def find_parts(self, answers: BatchPrediction) -> NDArray[np.intp]:
        """Return the labels."""
        return answers.labels

    def _list_rows(self, answers: BatchPrediction, decimals: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = [
            {"labels": dict(zip(self._names, labels, strict=True))} for labels in answers.labels.tolist()
        ]
        if "probabilities" in self.arrays:
            for row, shares in zip(rows, round_to(answers.probabilities, decimals).tolist(), strict=True):
                row["probabilities"] = dict(zip(self._names, shares, strict=True))
        return rows

    def _describe(self) -> dict[str, Any]:
        label = {"type": "integer", "minimum": 0, "maximum": 1}
        properties = {"labels": {"description": "By target.", **describe_object(dict.fromkeys(self._names, label))}}
        if "probabilities" in self.arrays:
            properties["probabilities"] = {
                "description": f"That it is 1, by target, rounded to {PROBABILITY_DECIMALS} decimals.",
                **describe_object(dict.fromkeys(self._names, SHARE)),
            }
        return properties


class MultioutputOutput(Output):
    """The answers of a model that predicts a class of each target's own: its index, itself, and how likely each is.

    The probabilities of all targets stand in one array, of shape (n, n_classes of all targets).
    """

    flat = frozenset()

    def __init__(self, targets: Sequence[str], classes: Sequence[Sequence[Any]], has_probabilities: bool) -> None:
        self._classes = dict(zip(targets, classes, strict=True))
        self.arrays = ("labels", "probabilities") if has_probabilities else ("labels",)
        self.targets = tuple(Target(name, tuple(map(str, range(len(each))))) for name, each in self._classes.items())

    def find_parts(self, answers: BatchPrediction) -> NDArray[np.intp]:
        """Return the class indices."""
        return answers.labels

    def _list_rows(self, answers: BatchPrediction, decimals: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for labels in answers.labels.tolist():
            named = dict(zip(self._classes, labels, strict=True))
            rows.append(
                {"labels": named, "classes": {name: self._classes[name][label] for name, label in named.items()}}
            )
        if "probabilities" in self.arrays:
            for row, shares in zip(rows, round_to(answers.probabilities, decimals).tolist(), strict=True):
                row["probabilities"] = self._name_probabilities(shares)
        return rows

    def _name_probabilities(self, shares: list[float]) -> dict[str, dict[str, float]]:
        rest = iter(shares)
        return {
            name: {f"class_{index}": next(rest) for index in range(len(classes))}
            for name, classes in self._classes.items()
        }

    def _describe(self) -> dict[str, Any]:
        labels = {
            name: {"type": "integer", "minimum": 0, "maximum": len(classes) - 1}
            for name, classes in self._classes.items()
        }
        properties = {
            "labels": {"description": "By target: the class index.", **describe_object(labels)},
            "classes": {
                "description": "By target: the class itself.",
                **describe_object({name: describe_values(classes) for name, classes in self._classes.items()}),
            },
        }
        if "probabilities" in self.arrays:
            shares = {
                name: describe_object({f"class_{index}": SHARE for index in range(len(classes))})
                for name, classes in self._classes.items()
            }
            properties["probabilities"] = {
                "description": f"By target and class index, rounded to {PROBABILITY_DECIMALS} decimals.",
                **describe_object(shares),
            }
        return properties
