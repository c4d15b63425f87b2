"""A model as the service uses it: rows are parsed by its columns, once, and answered without another look."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from app import create_app
from app.artifacts import Artifact, ArtifactCorrupt
from app.columns.number import NumberColumn
from app.columns.numeric_table import NumericTable
from app.engines.estimator import EstimatorEngine
from app.model.model import Model, load_model
from app.model.predictor import ModelPredictor
from app.outputs.classes import ClassOutput
from app.settings import Settings
from app.web.service import serve_model


@pytest.fixture(scope="module")
def model(iris_artifact: Artifact) -> Model:
    return load_model(iris_artifact)


def test_is_made_of_what_the_artifact_says(model: Model, iris_artifact: Artifact) -> None:
    assert isinstance(model.engine, EstimatorEngine)
    assert isinstance(model.output, ClassOutput)
    assert model.columns.columns == tuple(
        NumberColumn(name, largest=model.engine.largest_number) for name in iris_artifact.metadata.feature_names
    )
    assert model.output.class_keys == ("class_0", "class_1", "class_2")


def test_answers_and_writes_down_what_was_parsed(model: Model, iris_artifact: Artifact) -> None:
    golden = iris_artifact.golden
    answers = model.answer(model.columns.parse_instances(golden.instances.tolist()))
    written = model.to_json(answers)
    assert [answer["label"] for answer in written] == golden.labels.tolist()
    assert {answer["n_features_in"] for answer in written} == {4}
    assert {answer["model_version"] for answer in written} == {"iris"}


def test_looks_at_rows_only_once(model: Model, iris_artifact: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    instances = model.columns.parse_instances(iris_artifact.golden.instances.tolist())

    def fail(*_: Any) -> None:
        raise AssertionError("a row is checked again")

    for name in ("parse_instance", "parse_instances", "check_matrix", "_parse_plain", "_is_right"):
        monkeypatch.setattr(NumericTable, name, fail)
    model.to_json(model.answer(instances))


def test_a_predictor_answers_as_its_model(model: Model, iris_artifact: Artifact) -> None:
    predictor = ModelPredictor()
    predictor.load(iris_artifact)
    instances = iris_artifact.golden.instances
    answers, expected = predictor.predict_batch(instances), model.answer(instances)
    assert np.array_equal(answers.labels, expected.labels)
    assert np.array_equal(answers.probabilities, expected.probabilities)


def test_is_loaded_only_where_it_passes_its_self_test(iris_artifact: Artifact) -> None:
    golden = iris_artifact.golden
    arrays = {**golden.arrays, "labels": 2 - golden.labels}
    changed = dataclasses.replace(iris_artifact, golden=dataclasses.replace(golden, arrays=arrays))
    with pytest.raises(ArtifactCorrupt) as refused:
        load_model(changed)
    assert refused.value.fault == "the self-test failed: labels differ from golden.json"


@pytest.mark.parametrize(("n_alone", "n_asked"), [(None, 20), (2, 2)])
def test_answers_all_golden_rows_at_once_and_then_some_alone(
    iris_artifact: Artifact, batch_sizes: list[int], n_alone: int | None, n_asked: int
) -> None:
    load_model(iris_artifact, n_alone)
    assert batch_sizes == [20, *[1] * n_asked]


def test_is_not_loaded_where_a_row_alone_is_answered_otherwise(
    iris_artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = EstimatorEngine.compute

    def compute_otherwise(self: EstimatorEngine, rows: Any) -> Any:
        arrays = compute(self, rows)
        return {**arrays, "labels": 2 - arrays["labels"]} if len(rows) == 1 else arrays

    monkeypatch.setattr(EstimatorEngine, "compute", compute_otherwise)
    for n_alone in (None, 1):
        with pytest.raises(ArtifactCorrupt, match="labels differ"):
            load_model(iris_artifact, n_alone)


def test_a_worker_asks_for_few_rows_alone(iris_artifact: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int | None] = []

    def load(artifact: Artifact, n_alone: int | None) -> Model:
        asked.append(n_alone)
        return load_model(artifact, n_alone)

    monkeypatch.setattr("app.web.service.load_model", load)
    serve_model(create_app(Settings()), iris_artifact)
    assert asked == [2]
