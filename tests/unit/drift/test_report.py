from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.drift.report import MIN_INSTANCES, Drift, describe_drift, measure_psi

NO_DRIFT = Drift(
    n_instances=MIN_INSTANCES,
    feature_names=["a", "b", "c"],
    psi=np.zeros(3),
    out_of_range=np.zeros(3),
    prediction_shares=np.array([0.4, 0.6]),
    expected_prediction_shares=np.array([0.4, 0.6]),
    prediction_psi=0.0,
)


def change(**changes: object) -> Drift:
    return dataclasses.replace(NO_DRIFT, **changes)  # type: ignore[arg-type]


def measure_naively(shares: list[float], expected: list[float]) -> float:
    """Return the index, bin after bin, with at least a ten-thousandth in each."""
    pairs = [(max(share, 1e-4), max(reference, 1e-4)) for share, reference in zip(shares, expected, strict=True)]
    return sum((share - reference) * math.log(share / reference) for share, reference in pairs)


def to_shares(counts: list[int]) -> list[float]:
    return [count / max(sum(counts), 1) for count in counts]


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=12))
def test_the_index_is_that_of_the_formula(counts: list[tuple[int, int]]) -> None:
    shares, expected = to_shares([now for now, _ in counts]), to_shares([then for _, then in counts])
    psi = measure_psi(np.array([shares, expected]), np.array([expected, expected]))
    assert psi.tolist() == pytest.approx([measure_naively(shares, expected), 0.0], abs=1e-12)


def test_the_index_of_a_known_case() -> None:
    psi = measure_psi(np.array([0.2, 0.8]), np.array([0.5, 0.5]))
    assert psi == pytest.approx(0.3 * math.log(2.5) + 0.3 * math.log(1.6))


@pytest.mark.parametrize(("psi", "has_drifted"), [(0.19999, False), (0.2, True), (3.0, True)])
def test_a_feature_drifts_from_an_index_of_a_fifth_on(psi: float, has_drifted: bool) -> None:
    assert change(psi=np.array([0.0, psi, 0.0])).have_drifted.tolist() == [False, has_drifted, False]


@pytest.mark.parametrize(("share", "has_drifted"), [(0.05, False), (0.0501, True)])
def test_a_feature_drifts_where_more_than_a_twentieth_is_out_of_range(share: float, has_drifted: bool) -> None:
    assert change(out_of_range=np.array([0.0, 0.0, share])).have_drifted.tolist() == [False, False, has_drifted]


def test_too_few_instances_tell_nothing() -> None:
    drift = change(n_instances=MIN_INSTANCES - 1, psi=np.full(3, 9.0), out_of_range=np.ones(3), prediction_psi=9.0)
    assert drift.describe() == "Too few instances to tell: 499 in the window, and 500 are needed."
    assert (drift.have_drifted.tolist(), drift.have_predictions_drifted) == ([False] * 3, False)


@pytest.mark.parametrize(
    ("drift", "verdict"),
    [
        (NO_DRIFT, "None of the 3 features has drifted from the training data."),
        (change(psi=np.array([0, 1, 0])), "1 of the 3 features has drifted from the training data: 'b'."),
        (change(psi=np.array([1, 1, 0])), "2 of the 3 features have drifted from the training data: 'a', 'b'."),
        (
            change(prediction_psi=0.2),
            "None of the 3 features has drifted from the training data. "
            "The classes are predicted in other shares than in training.",
        ),
        (
            change(feature_names=list("abcdefg"), psi=np.ones(7), out_of_range=np.zeros(7)),
            "7 of the 7 features have drifted from the training data: 'a', 'b', 'c', 'd', 'e' and 2 more.",
        ),
    ],
)
def test_the_verdict_says_what_has_drifted(drift: Drift, verdict: str) -> None:
    assert drift.describe() == verdict


def test_describes_each_feature_and_the_predictions() -> None:
    document = describe_drift("v1", change(psi=np.array([0.0, 0.5, 0.1]), prediction_psi=0.3), window_hours=24)
    assert document["drifted"] == ["b"]
    assert document["features"][1] == {"name": "b", "psi": 0.5, "out_of_range_share": 0.0, "drifted": True}
    assert document["predictions"] == {
        "psi": 0.3,
        "shares": [0.4, 0.6],
        "expected_shares": [0.4, 0.6],
        "drifted": True,
    }


def test_gives_no_index_where_there_are_too_few_instances() -> None:
    document = describe_drift("v1", change(n_instances=3), window_hours=24)
    assert {feature["psi"] for feature in document["features"]} == {None}
    assert (document["predictions"]["psi"], document["drifted"], document["n_instances"]) == (None, [], 3)


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


@pytest.mark.parametrize(("n_instances", "has_drifted"), [(4999, False), (5000, True)])
def test_many_classes_want_many_instances(n_instances: int, has_drifted: bool) -> None:
    shares = np.full(100, 0.01)
    drift = change(
        n_instances=n_instances, prediction_shares=shares, expected_prediction_shares=shares, prediction_psi=0.3
    )
    assert drift.have_predictions_drifted == has_drifted
    assert describe_drift("v", drift, 24)["predictions"]["psi"] == (0.3 if has_drifted else None)
