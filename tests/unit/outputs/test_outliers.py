from __future__ import annotations

import numpy as np

from app.outputs.outliers import OutlierOutput
from app.outputs.prediction import BatchPrediction

REST = {"model_version": "v1", "n_features_in": 3}
ANSWERS = BatchPrediction({"labels": np.array([-1, 1]), "scores": np.array([-0.125, 1e-12])}, "v1")


def test_writes_down_what_is_unlike_training_with_its_score() -> None:
    assert OutlierOutput(True).to_json(ANSWERS, 3) == [
        {"label": -1, "class": "outlier", "score": -0.125, **REST},
        {"label": 1, "class": "inlier", "score": 1e-12, **REST},
    ]


def test_writes_down_the_label_alone_where_there_is_no_score() -> None:
    output = OutlierOutput(False)
    assert output.arrays == ("labels",)
    assert output.to_json(ANSWERS, 3)[0] == {"label": -1, "class": "outlier", **REST}


def test_counts_outliers_before_inliers() -> None:
    assert OutlierOutput(True).targets[0].parts == ("-1", "1")
    assert OutlierOutput(True).find_parts(ANSWERS).tolist() == [[0], [1]]
