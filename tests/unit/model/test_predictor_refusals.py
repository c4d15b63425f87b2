"""What a predictor refuses: to answer before it has a model, rows that break the table, a model that has changed."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from app.artifacts import Artifact, ArtifactCorrupt, Golden
from app.model.predictor import ModelPredictor
from tests.support.tables import build_table

NAN = float("nan")


def change_golden(golden: Golden, changes: dict[str, Any]) -> Golden:
    """Return golden rows with other instances or other arrays."""
    arrays = {name: changes.get(name, array) for name, array in golden.arrays.items()}
    return Golden(changes.get("instances", golden.instances), arrays)


@pytest.fixture(autouse=True)
def transformed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Record what reaches the preprocessor."""
    seen: list[Any] = []
    transform = StandardScaler.transform

    def record_and_transform(self: Any, X: Any) -> Any:
        seen.append(X)
        return transform(self, X)

    monkeypatch.setattr(StandardScaler, "transform", record_and_transform)
    return seen


@pytest.mark.parametrize(
    "ask",
    [
        lambda predictor: predictor.predict([1.0]),
        lambda predictor: predictor.predict_batch([[1.0]]),
        lambda predictor: predictor.metadata,
        lambda predictor: predictor.version,
        lambda predictor: predictor.feature_names,
        lambda predictor: predictor.expected_n_features,
        lambda predictor: predictor.columns,
    ],
)
def test_says_that_no_model_is_loaded(ask: Callable[[ModelPredictor], object]) -> None:
    with pytest.raises(RuntimeError) as refused:
        ask(ModelPredictor())
    assert str(refused.value) == "No model is loaded. Call .load() before .predict()."


@pytest.mark.parametrize("empty", [[], (), np.empty((0, 30))])
def test_refuses_an_empty_batch(example_predictor: ModelPredictor, transformed: list[Any], empty: Any) -> None:
    with pytest.raises(ValueError, match=r"^A batch must have at least one instance\.$"):
        example_predictor.predict_batch(empty)
    assert not transformed


@pytest.mark.parametrize(
    ("instance", "sentence"),
    [
        ([1.0] * 29, "Expected 30 features, got 29: #/0 must have 30 numbers, not 29."),
        ([1.0] * 31, "Expected 30 features, got 31: #/0 must have 30 numbers, not 31."),
        ([1.0] * 29 + ["1"], "#/0/29 must be a number, not a string."),
        ([True] + [1.0] * 29, "#/0/0 must be a number, not a boolean."),
        ([1.0] * 29 + [NAN], "NaN or infinite values: #/0/29 must be a finite number."),
        ([1.0] * 29 + [10**400], "NaN or infinite values: #/0/29 must be a finite number."),
        ([1.0] * 29 + [None], "#/0/29 must not be null."),
        ([[1.0] * 30] + [1.0] * 29, "#/0/0 must be a number, not an array."),
        (None, f"#/0 must be {build_table('a' * 30).describe()}, not null."),
        (np.ones(29), "Expected 30 features, got 29: the instances must be of shape (n_instances, 30), not (1, 29)."),
        (np.array(1.0), "The instances must be of shape (n_instances, 30), not (1,)."),
        (
            np.ones((1, 30)),
            "The instances must be of shape (n_instances, 30), not (1, 1, 30).",
        ),
        (np.array(["1"] * 30), "The instances must be numbers, not <U1."),
        (np.ones(30, dtype=bool), "The instances must be numbers, not bool."),
        (np.array([None] * 30), "The instances must be numbers, not object."),
        (np.array([1.0] * 29 + [NAN]), "NaN or infinite values: #/0/29 must be a finite number."),
    ],
)
def test_refuses_a_row_before_the_preprocessor_sees_it(
    example_predictor: ModelPredictor, transformed: list[Any], instance: Any, sentence: str
) -> None:
    with pytest.raises(ValueError) as refused:
        example_predictor.predict(instance)
    assert str(refused.value) == sentence
    assert not transformed


@pytest.mark.parametrize(
    ("instances", "sentence"),
    [
        ([[1.0] * 30, [1.0] * 29], "Expected 30 features, got 29: #/1 must have 30 numbers, not 29."),
        ([[1.0] * 30, [1.0] * 29 + ["1"]], "#/1/29 must be a number, not a string."),
        ([1.0] * 30, None),
        (np.ones(30), "The instances must be of shape (n_instances, 30), not (30,)."),
        (
            np.ones((2, 31)),
            "Expected 30 features, got 31: the instances must be of shape (n_instances, 30), not (2, 31).",
        ),
        (
            np.ones((1, 2, 30)),
            "The instances must be of shape (n_instances, 30), not (1, 2, 30).",
        ),
        (np.full((2, 30), "1.5"), "The instances must be numbers, not <U3."),
        (np.full((2, 30), None), "The instances must be numbers, not object."),
    ],
)
def test_refuses_a_batch_before_the_preprocessor_sees_it(
    example_predictor: ModelPredictor, transformed: list[Any], instances: Any, sentence: str | None
) -> None:
    with pytest.raises(ValueError) as refused:
        example_predictor.predict_batch(instances)
    assert sentence is None or str(refused.value) == sentence
    assert not transformed


def test_what_is_right_does_reach_the_preprocessor(example_predictor: ModelPredictor, transformed: list[Any]) -> None:
    example_predictor.predict([1.0] * 30)
    assert [matrix.shape for matrix in transformed] == [(1, 30)]


@pytest.mark.parametrize("difference", [0.0, 1e-10])
def test_accepts_a_model_that_answers_as_it_did(
    example_predictor: ModelPredictor, example_artifact: Artifact, difference: float
) -> None:
    golden = example_artifact.golden
    example_predictor.check_golden(change_golden(golden, {"probabilities": golden.probabilities + difference}))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda golden: {"labels": 1 - golden.labels}, "labels"),
        (lambda golden: {"labels": golden.labels[:-1]}, "labels"),
        (lambda golden: {"probabilities": golden.probabilities + 1e-8}, "probabilities"),
        (lambda golden: {"probabilities": golden.probabilities[:, :1]}, "probabilities"),
        (lambda golden: {"probabilities": golden.probabilities[:, [0, 1, 1]]}, "probabilities"),
        (lambda golden: {"probabilities": golden.probabilities * np.nan}, "probabilities"),
        (lambda golden: {"instances": golden.instances[::-1]}, "labels"),
    ],
)
def test_refuses_a_model_that_answers_otherwise(
    example_predictor: ModelPredictor, example_artifact: Artifact, change: Callable[[Golden], dict[str, Any]], what: str
) -> None:
    golden = example_artifact.golden
    with pytest.raises(ArtifactCorrupt) as refused:
        example_predictor.check_golden(change_golden(golden, change(golden)))
    assert refused.value.fault == f"the self-test failed: {what} differ from golden.json"


@pytest.mark.parametrize("batch", [np.array(1.0), [np.array(1.0)], 5, None, iter([[1.0]])])
def test_refuses_what_is_no_batch_at_all(example_predictor: ModelPredictor, batch: Any) -> None:
    with pytest.raises(ValueError):
        example_predictor.predict_batch(batch)


def test_an_unfitted_model_is_no_artifact(iris_artifact: Artifact) -> None:
    unfitted = dataclasses.replace(iris_artifact, model_bytes=pickle.dumps(LogisticRegression()))
    with pytest.raises(ArtifactCorrupt) as refused:
        ModelPredictor().load(unfitted)
    assert refused.value.fault == "the model is not fitted"


def test_golden_rows_that_the_model_refuses_are_a_fault_of_the_artifact(iris_artifact: Artifact) -> None:
    predictor = ModelPredictor()
    predictor.load(iris_artifact)
    golden = dataclasses.replace(iris_artifact.golden, instances=iris_artifact.golden.instances * np.nan)
    with pytest.raises(ArtifactCorrupt, match="the model refuses the rows of golden.json"):
        predictor.check_golden(golden)
