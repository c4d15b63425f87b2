from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from app.artifacts import Artifact, ArtifactCorrupt, ArtifactNotFound
from app.model.predictor import ModelPredictor
from tests.support.published_models import load_iris_dataset, publish_model
from tests.support.running_server import ROOT
from training.dataset import Dataset


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the calls of the example model's estimators."""
    counter: Counter[str] = Counter()

    def count(kind: type, name: str) -> None:
        method = getattr(kind, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            counter[name] += 1
            return method(*args, **kwargs)

        monkeypatch.setattr(kind, name, counted)

    count(StandardScaler, "transform")
    count(GradientBoostingClassifier, "predict_proba")
    count(GradientBoostingClassifier, "predict")
    return counter


def test_answers_a_batch_as_the_estimator_does_bit_for_bit(
    example_predictor: ModelPredictor, example_artifact: Artifact, example_dataset: Dataset
) -> None:
    preprocessor, estimator = example_artifact.unpickle()
    transformed = preprocessor.transform(example_dataset.X)
    answers = example_predictor.predict_batch(example_dataset.X)
    assert answers.labels.tolist() == estimator.predict(transformed).tolist()
    assert answers.probabilities.tobytes() == estimator.predict_proba(transformed).tobytes()


def test_answers_each_row_as_the_estimator_does_bit_for_bit(
    example_predictor: ModelPredictor, example_artifact: Artifact, example_dataset: Dataset
) -> None:
    preprocessor, estimator = example_artifact.unpickle()
    answers = [example_predictor.predict(row) for row in example_dataset.X.tolist()]
    rows = [preprocessor.transform(row[np.newaxis]) for row in example_dataset.X]
    assert [answer.label for answer in answers] == [int(estimator.predict(row)[0]) for row in rows]
    own_probabilities = [estimator.predict_proba(row)[0].tobytes() for row in rows]
    assert [answer.probabilities.tobytes() for answer in answers] == own_probabilities


def test_lists_and_arrays_are_answered_alike(example_predictor: ModelPredictor, example_dataset: Dataset) -> None:
    answers = example_predictor.predict_batch(example_dataset.X)
    again = example_predictor.predict_batch(example_dataset.X.tolist())
    assert answers.probabilities.tobytes() == again.probabilities.tobytes()
    assert len(answers) == len(again) == 569


def test_every_answer_names_its_version(example_predictor: ModelPredictor, example_dataset: Dataset) -> None:
    assert example_predictor.predict(example_dataset.X[0]).model_version == "example"
    assert example_predictor.predict_batch(example_dataset.X).model_version == "example"


def test_a_label_is_a_plain_number(example_predictor: ModelPredictor, example_dataset: Dataset) -> None:
    assert type(example_predictor.predict(example_dataset.X[0]).label) is int


def test_one_row_is_one_pass_of_each_estimator(
    example_predictor: ModelPredictor, example_dataset: Dataset, calls: Counter[str]
) -> None:
    example_predictor.predict(example_dataset.X[0])
    assert calls == {"transform": 1, "predict_proba": 1}


def test_a_batch_is_one_pass_of_each_estimator(
    example_predictor: ModelPredictor, example_dataset: Dataset, calls: Counter[str]
) -> None:
    example_predictor.predict_batch(example_dataset.X)
    assert calls == {"transform": 1, "predict_proba": 1}


def test_threads_get_the_answers_of_their_own_rows(example_predictor: ModelPredictor, example_dataset: Dataset) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(example_predictor.predict, example_dataset.X[:200]))
    expected = example_predictor.predict_batch(example_dataset.X[:200]).probabilities
    assert np.array_equal([answer.probabilities for answer in answers], expected)


def test_describes_the_loaded_model(example_predictor: ModelPredictor, example_artifact: Artifact) -> None:
    assert example_predictor.metadata == example_artifact.metadata
    assert example_predictor.version == "example"
    assert example_predictor.feature_names == tuple(example_artifact.metadata.feature_names)
    assert example_predictor.expected_n_features == 30


@pytest.mark.parametrize(("version", "loaded"), [(None, "second"), ("first", "first"), ("second", "second")])
@pytest.mark.parametrize("kind", [Path, str])
def test_loads_a_version_from_disk(tmp_path: Path, kind: type, version: str | None, loaded: str) -> None:
    for name in ("first", "second"):
        publish_model(tmp_path, name, load_iris_dataset(), LogisticRegression())
    predictor = ModelPredictor(kind(tmp_path), version)
    predictor.load()
    assert predictor.version == loaded


def test_reads_nothing_before_it_is_asked_to_load(tmp_path: Path) -> None:
    predictor = ModelPredictor(tmp_path / "gone")
    assert not predictor.is_loaded
    with pytest.raises(ArtifactNotFound, match="^There is no current version in "):
        predictor.load()


def test_keeps_its_model_when_another_cannot_be_loaded(example_artifact: Artifact) -> None:
    predictor = ModelPredictor()
    predictor.load(example_artifact)
    with pytest.raises(ArtifactCorrupt):
        predictor.load(dataclasses.replace(example_artifact, model_bytes=b"nonsense"))
    assert predictor.version == "example"


def test_works_where_there_is_no_web_framework(example_artifact_dir: Path, example_dataset: Dataset) -> None:
    script = (
        "import sys; sys.modules.update(dict.fromkeys(['flask', 'werkzeug', 'gunicorn', 'marshmallow']))\n"
        "from app.model.predictor import ModelPredictor\n"
        f"predictor = ModelPredictor({str(example_artifact_dir)!r}); predictor.load()\n"
        f"print(predictor.predict({example_dataset.X[0].tolist()}).label)"
    )
    run = subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout == "0\n", run.stderr
