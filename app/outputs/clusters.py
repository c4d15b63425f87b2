"""Clusters: the group of the training data that an instance belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.outputs.output import Output, Target
from app.outputs.prediction import BatchPrediction


class ClusterOutput(Output):
    """The answers of a clusterer with so many clusters: the index of one."""

    arrays = ("labels",)

    def __init__(self, n_clusters: int) -> None:
        self._n_clusters = n_clusters
        self.targets = (Target("label", tuple(map(str, range(n_clusters)))),)

    def find_parts(self, answers: BatchPrediction) -> NDArray[np.intp]:
        """Return the indices of the clusters."""
        return answers.labels[:, np.newaxis]

    def _list_rows(self, answers: BatchPrediction, decimals: int) -> list[dict[str, Any]]:
        return [{"label": label} for label in answers.labels.tolist()]

    def _describe(self) -> dict[str, Any]:
        description = "The index of the cluster."
        return {"label": {"type": "integer", "description": description, "minimum": 0, "maximum": self._n_clusters - 1}}
