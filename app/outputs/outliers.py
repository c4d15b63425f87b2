"""Outliers: whether an instance is unlike those of training."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.outputs.output import Output, Target
from app.outputs.prediction import BatchPrediction

_CLASSES = {-1: "outlier", 1: "inlier"}


class OutlierOutput(Output):
    """The answers of an outlier detector: -1 for an outlier, 1 for an inlier, and its score where there is one."""

    flat = frozenset({"labels", "scores"})

    def __init__(self, has_scores: bool) -> None:
        self.arrays = ("labels", "scores") if has_scores else ("labels",)
        self.targets = (Target("label", tuple(map(str, _CLASSES))),)

    def find_parts(self, answers: BatchPrediction) -> NDArray[np.intp]:
        """Return 0 for an outlier and 1 for an inlier."""
        parts: NDArray[np.intp] = (answers.labels[:, np.newaxis] == 1).astype(np.intp)
        return parts

    def _list_rows(self, answers: BatchPrediction, decimals: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = [{"label": label, "class": _CLASSES[label]} for label in answers.labels.tolist()]
        if "scores" in self.arrays:
            for row, score in zip(rows, answers.scores.tolist(), strict=True):
                row["score"] = score
        return rows

    def _describe(self) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "label": {"type": "integer", "description": "-1 for an outlier, 1 for an inlier.", "enum": list(_CLASSES)},
            "class": {"type": "string", "enum": list(_CLASSES.values())},
        }
        if "scores" in self.arrays:
            properties["score"] = {"type": "number", "description": "The lower, the less like the training rows."}
        return properties
