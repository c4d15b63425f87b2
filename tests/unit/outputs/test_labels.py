from __future__ import annotations

import numpy as np

from app.outputs.labels import MultilabelOutput, MultioutputOutput
from app.outputs.prediction import BatchPrediction

REST = {"model_version": "v1", "n_features_in": 3}
LABELS = np.array([[0, 1], [1, 1]])
SHARES = np.array([[0.25, 2 / 3], [0.5, 1.0]])
MULTIOUTPUT = MultioutputOutput(["size", "fit"], [["S", "M", "L"], [False, True]], True)
OF_CLASSES = np.array([[0.2, 0.3, 0.5, 1 / 3, 2 / 3]])


def test_writes_down_which_labels_are_given_and_how_likely_each_is() -> None:
    output = MultilabelOutput(["a", "b"], True)
    answers = BatchPrediction({"labels": LABELS, "probabilities": SHARES}, "v1")
    assert output.to_json(answers, 3) == [
        {"labels": {"a": 0, "b": 1}, "probabilities": {"a": 0.25, "b": 0.666667}, **REST},
        {"labels": {"a": 1, "b": 1}, "probabilities": {"a": 0.5, "b": 1.0}, **REST},
    ]
    assert output.to_json(answers, 3, 17)[0]["probabilities"]["b"] == 2 / 3


def test_writes_down_labels_without_probabilities() -> None:
    output = MultilabelOutput(["a", "b"], False)
    assert output.arrays == ("labels",)
    answers = BatchPrediction({"labels": LABELS}, "v1")
    assert output.to_json(answers, 3)[0] == {"labels": {"a": 0, "b": 1}, **REST}


def test_writes_down_the_class_of_each_target() -> None:
    answers = BatchPrediction({"labels": np.array([[2, 1]]), "probabilities": OF_CLASSES}, "v1")
    assert MULTIOUTPUT.to_json(answers, 3) == [
        {
            "labels": {"size": 2, "fit": 1},
            "classes": {"size": "L", "fit": True},
            "probabilities": {
                "size": {"class_0": 0.2, "class_1": 0.3, "class_2": 0.5},
                "fit": {"class_0": 0.333333, "class_1": 0.666667},
            },
            **REST,
        }
    ]


def test_counts_the_classes_of_each_target() -> None:
    labels = np.array([[2, 1], [0, 1]])
    assert MULTIOUTPUT.measure_shares(BatchPrediction({"labels": labels}, "v1")) == [0.5, 0.0, 0.5, 0.0, 1.0]
    output = MultilabelOutput(["a", "b"], False)
    assert output.measure_shares(BatchPrediction({"labels": LABELS}, "v1")) == [0.5, 0.5, 0.0, 1.0]
