from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from numpy.typing import NDArray

from app.outputs.classes import ClassOutput
from app.outputs.prediction import BatchPrediction, Prediction
from tests.support.running_server import ROOT

LABELS = np.array([1, 0])
PROBABILITIES = np.array([[0.25, 0.75], [2 / 3, 1 / 3]])
ANSWERS = BatchPrediction({"labels": LABELS, "probabilities": PROBABILITIES}, "v1")
CLASSES = ["malignant", "benign"]
OUTPUT = ClassOutput(CLASSES)


def gather(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> BatchPrediction:
    return OUTPUT.gather({"labels": labels, "probabilities": probabilities}, "v1")


def test_gathers_what_was_computed() -> None:
    answers = gather(LABELS, PROBABILITIES)
    assert (answers.labels, answers.probabilities, answers.model_version) == (LABELS, PROBABILITIES, "v1")


def test_an_answer_is_that_of_one_instance() -> None:
    answer = ANSWERS[1]
    assert isinstance(answer, Prediction)
    assert (answer.label, answer.probabilities.tolist(), answer.model_version) == (0, [2 / 3, 1 / 3], "v1")


def test_writes_answers_down_with_probabilities_rounded_to_six_decimals() -> None:
    assert OUTPUT.to_json(ANSWERS, 30) == [
        {
            "label": 1,
            "class": "benign",
            "probabilities": {"class_0": 0.25, "class_1": 0.75},
            "model_version": "v1",
            "n_features_in": 30,
        },
        {
            "label": 0,
            "class": "malignant",
            "probabilities": {"class_0": 0.666667, "class_1": 0.333333},
            "model_version": "v1",
            "n_features_in": 30,
        },
    ]


def test_describes_answers_as_the_document_does() -> None:
    document = json.loads((ROOT / "openapi.json").read_text())["components"]["schemas"]
    schemas = OUTPUT.to_json_schemas()
    assert list(schemas) == ["Probabilities", "Prediction"]
    assert [json.dumps(schemas[name]) for name in schemas] == [json.dumps(document[name]) for name in schemas]


@pytest.mark.parametrize("n_classes", [2, 12])
def test_what_it_writes_down_is_what_it_describes(n_classes: int) -> None:
    output = ClassOutput(list(range(n_classes)))
    probabilities = np.eye(n_classes)
    answers = BatchPrediction({"labels": np.arange(n_classes), "probabilities": probabilities}, "v1")
    schemas = output.to_json_schemas()
    validator = Draft202012Validator({**schemas["Prediction"], "components": {"schemas": schemas}})
    assert [list(validator.iter_errors(answer)) for answer in output.to_json(answers, 4)] == [[]] * n_classes
    beyond = {**output.to_json(answers, 4)[0], "label": n_classes}
    assert not validator.is_valid(beyond)


@pytest.mark.parametrize(
    ("change", "different"),
    [
        (lambda labels, probabilities: (labels, probabilities), None),
        (lambda labels, probabilities: (labels, probabilities + 5e-10), None),
        (lambda labels, probabilities: (labels, probabilities - 5e-10), None),
        (lambda labels, probabilities: (labels, probabilities + 2e-9), "probabilities"),
        (lambda labels, probabilities: (labels, probabilities - 2e-9), "probabilities"),
        (lambda labels, probabilities: (labels, probabilities * np.nan), "probabilities"),
        (lambda labels, probabilities: (labels, probabilities[:, :1]), "probabilities"),
        (lambda labels, probabilities: (1 - labels, probabilities), "labels"),
        (lambda labels, probabilities: (labels[:1], probabilities), "labels"),
        (lambda labels, probabilities: (1 - labels, probabilities * np.nan), "labels"),
    ],
)
def test_finds_what_differs_from_golden_answers(change: Callable[[Any, Any], Any], different: str | None) -> None:
    assert OUTPUT.find_difference(gather(*change(LABELS, PROBABILITIES)), ANSWERS) == different


def test_one_probability_is_not_two_that_are_equal() -> None:
    halves = np.full((2, 2), 0.5)
    assert OUTPUT.find_difference(gather(LABELS, halves[:, :1]), gather(LABELS, halves)) == "probabilities"


def test_measures_how_often_each_class_is_predicted() -> None:
    answers = BatchPrediction({"labels": np.array([0, 2, 2, 0, 2])}, "v1")
    assert ClassOutput(["a", "b", "c"], evidence=None).measure_shares(answers) == [0.4, 0.0, 0.6]
