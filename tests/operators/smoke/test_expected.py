from __future__ import annotations

from typing import Any

import pytest

from app.commands.smoke.address import ServiceAddress
from app.commands.smoke.command import check_service
from tests.operators.smoke.scripted_service import EXPECTATION, Act, ScriptedService, answer, answer_predict, predict
from tests.operators.smoke.smoke_failure import explain_failure

PREDICT = "POST http://service/predict, golden row"


def change_prediction(of_row: int, **changes: Any) -> Act:
    """Answer POST /predict as a healthy service does, but for one golden row."""
    changed = EXPECTATION.instances[of_row]
    return lambda handler, document: (
        answer(200, predict(changed, **changes)) if document["features"] == changed else answer_predict
    )(handler, document)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (
            change_prediction(of_row=2, model_version="v1"),
            "POST http://service/predict was answered by model version 'v1', not v2.",
        ),
        (change_prediction(of_row=2, label=0), f"{PREDICT} 3 of 3: the label is 0, not 1."),
        (change_prediction(of_row=2, label=True), f"{PREDICT} 3 of 3: the label is True, not 1."),
        (change_prediction(of_row=0, label=0.0), f"{PREDICT} 1 of 3: the label is 0.0, not 0."),
        (
            change_prediction(of_row=1, probabilities={"class_0": 0.123457, "class_1": 0.876541}),
            f"{PREDICT} 2 of 3: the probability of class_1 is 0.876541, not 0.876543.",
        ),
        (
            change_prediction(of_row=0, probabilities={"class_0": 0.75, "class_1": "0.25"}),
            f"{PREDICT} 1 of 3: the probability of class_1 is '0.25', not 0.25.",
        ),
        (
            change_prediction(of_row=0, probabilities={"class_0": float("nan"), "class_1": 0.25}),
            f"{PREDICT} 1 of 3: the probability of class_0 is nan, not 0.75.",
        ),
        (
            change_prediction(of_row=2, probabilities={"class_0": 0.0, "class_1": True}),
            f"{PREDICT} 3 of 3: the probability of class_1 is True, not 1.0.",
        ),
        (
            change_prediction(of_row=0, probabilities={"class_0": 0.75, "class_1": 10**400}),
            f"{PREDICT} 1 of 3: the probability of class_1 is 1{'0' * 119}..., not 0.25.",
        ),
        (
            change_prediction(of_row=0, probabilities={"class_0": 0.75}),
            f"{PREDICT} 1 of 3: the probabilities are {{'class_0': 0.75}}, not of class_0, class_1.",
        ),
        (
            change_prediction(of_row=0, probabilities=[0.75, 0.25]),
            f"{PREDICT} 1 of 3: the probabilities are [0.75, 0.25], not of class_0, class_1.",
        ),
        (
            answer(500, {"detail": "The service failed."}, "application/problem+json"),
            "POST http://service/predict should be answered 200, but was 500, 'The service failed.'.",
        ),
    ],
)
def test_says_which_prediction_is_wrong(service: ScriptedService, act: Act, sentence: str) -> None:
    service.script["POST /predict"] = act
    assert explain_failure(service) == sentence


@pytest.mark.parametrize("shift", [-1e-6, 1e-6])
def test_allows_for_one_unit_of_the_last_decimal(service: ScriptedService, shift: float) -> None:
    probabilities = {"class_0": round(0.123457 + shift, 6), "class_1": round(0.876543 - shift, 6)}
    service.script["POST /predict"] = change_prediction(of_row=1, probabilities=probabilities)
    check_service(ServiceAddress.parse(f"http://{service.address}"), EXPECTATION)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"predictions": [], "model_version": "v1"}, " was answered by model version 'v1', not v2."),
        (
            {"predictions": [], "model_version": "v2"},
            ' did not give 2 predictions, but application/json: \'{"predictions": [], "model_version": "v2"}\'.',
        ),
        (
            {"predictions": None, "model_version": "v2"},
            ' did not give 2 predictions, but application/json: \'{"predictions": null, "model_version": "v2"}\'.',
        ),
        (
            {"predictions": [predict([1.0, 2.0]), None], "model_version": "v2"},
            ", golden row 2 of 3: the prediction is not an object, but None.",
        ),
        (
            {"predictions": [predict([3.0, 4.5]), predict([1.0, 2.0])], "model_version": "v2"},
            ", golden row 1 of 3: the label is 1, not 0.",
        ),
        (
            {"predictions": [predict([1.0, 2.0]), predict([3.0, 4.5], model_version="v1")], "model_version": "v2"},
            " was answered by model version 'v1', not v2.",
        ),
    ],
)
def test_says_what_is_wrong_with_a_batch(service: ScriptedService, document: Any, sentence: str) -> None:
    service.script["POST /predict/batch"] = answer(200, document)
    assert explain_failure(service) == f"POST http://service/predict/batch{sentence}"
