from __future__ import annotations

import numpy as np
import pytest

from app.drift.psi import MIN_INSTANCES, MIN_INSTANCES_A_CLASS, Drift
from app.drift.report import describe_drift, describe_verdict
from tests.unit.drift.measured import NO_DRIFT, change, expect


def test_too_few_instances_say_nothing() -> None:
    drift = change(n_instances=MIN_INSTANCES - 1, psi=np.full(3, 9.0), out_of_range=np.ones(3), prediction_psi=9.0)
    assert describe_verdict(drift) == "Too few instances to tell: 499 in the window, and 500 are needed."


@pytest.mark.parametrize(
    ("drift", "verdict"),
    [
        (NO_DRIFT, "None of the 3 features has drifted from the training data."),
        (change(psi=np.array([0, 1, 0])), "1 of the 3 features has drifted from the training data: 'b'."),
        (change(psi=np.array([1, 1, 0])), "2 of the 3 features have drifted from the training data: 'a', 'b'."),
        (
            change(prediction_psi=0.2),
            "None of the 3 features has drifted from the training data. "
            "The predictions have other shares than in training.",
        ),
        (
            change(expected=expect("abcdefg"), psi=np.ones(7), out_of_range=np.zeros(7)),
            "7 of the 7 features have drifted from the training data: 'a', 'b', 'c', 'd', 'e' and 2 more.",
        ),
    ],
)
def test_the_verdict_says_what_has_drifted(drift: Drift, verdict: str) -> None:
    assert describe_verdict(drift) == verdict


def test_describes_each_feature_and_the_predictions() -> None:
    document = describe_drift("v1", change(psi=np.array([0.0, 0.5, 0.1]), prediction_psi=0.3), window_hours=24)
    assert document["drifted"] == ["b"]
    assert document["features"][1] == {
        "name": "b",
        "psi": 0.5,
        "out_of_range_share": 0.0,
        "missing_share": 0.0,
        "expected_missing_share": 0.0,
        "drifted": True,
    }
    assert document["predictions"] == {
        "psi": 0.3,
        "parts": ["0", "1"],
        "shares": [0.4, 0.6],
        "expected_shares": [0.4, 0.6],
        "drifted": True,
    }


def test_gives_no_index_where_there_are_too_few_instances() -> None:
    document = describe_drift("v1", change(n_instances=3), window_hours=24)
    assert {feature["psi"] for feature in document["features"]} == {None}
    assert (document["predictions"]["psi"], document["drifted"], document["n_instances"]) == (None, [], 3)


@pytest.mark.parametrize("is_enough", [False, True])
def test_gives_no_index_of_more_classes_than_there_are_instances_for(is_enough: bool) -> None:
    shares = np.full(100, 0.01)
    drift = change(
        n_instances=100 * MIN_INSTANCES_A_CLASS - (not is_enough),
        expected=expect(prediction_shares=shares.tolist()),
        prediction_shares=shares,
        prediction_psi=0.3,
    )
    assert describe_drift("v", drift, 24)["predictions"]["psi"] == (0.3 if is_enough else None)


def test_says_of_a_version_without_distributions_that_it_cannot_be_watched() -> None:
    assert describe_drift("v1", None, window_hours=24) == {
        "model_version": "v1",
        "window_hours": 24,
        "min_instances": 500,
        "verdict": (
            "This version does not know its training distributions: publish a new one to have its input watched."
        ),
        "n_instances": 0,
        "drifted": [],
        "features": [],
        "predictions": None,
    }
