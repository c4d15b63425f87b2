from __future__ import annotations

import numpy as np

from app.outputs.clusters import ClusterOutput
from app.outputs.prediction import BatchPrediction

ANSWERS = BatchPrediction({"labels": np.array([2, 0])}, "v1")


def test_writes_down_the_cluster_of_each_instance() -> None:
    rest = {"model_version": "v1", "n_features_in": 3}
    assert ClusterOutput(3).to_json(ANSWERS, 3) == [{"label": 2, **rest}, {"label": 0, **rest}]


def test_counts_how_many_are_in_each_cluster() -> None:
    assert ClusterOutput(3).measure_shares(ANSWERS) == [0.5, 0.0, 0.5]
