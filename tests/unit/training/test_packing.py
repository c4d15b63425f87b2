from __future__ import annotations

import dataclasses
import json
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from app.artifacts import AcceptancePolicy, ArtifactUntrusted, check_version_name, read_artifact
from app.publishing.description import create_version_name
from app.publishing.store import publish
from tests.support.published_models import load_iris_dataset
from tests.support.signing_keys import write_signing_key
from training.dataset import Dataset, Split
from training.packing import build_pipeline, pack
from training.splitting import split_dataset

METRICS = {"test": {"accuracy": 0.5}}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def iris() -> Dataset:
    """Return iris with the classes' names where others have indices."""
    dataset = load_iris_dataset()
    names: Any = np.array(dataset.classes)[dataset.y]
    return dataclasses.replace(dataset, y=names)


@pytest.fixture(scope="module")
def split(iris: Dataset) -> Split:
    return split_dataset(iris, seed=42)


@pytest.fixture(scope="module")
def pipeline(split: Split) -> Pipeline:
    estimator = LogisticRegression(C=2.5, class_weight={"setosa": 2})
    return build_pipeline(StandardScaler(), estimator).fit(split.X_train, split.y_train)


@pytest.fixture
def files(iris: Dataset, split: Split, pipeline: Pipeline) -> dict[str, bytes]:
    return pack("v1", pipeline, iris, split, METRICS)


@pytest.fixture
def metadata(files: dict[str, bytes]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files["metadata.json"])
    return document


@pytest.fixture
def golden(files: dict[str, bytes]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files["golden.json"])
    return document


def put_git_on_the_path(patch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    git = folder / "git"
    git.write_text(f"#!/bin/sh\n{script}\n")
    git.chmod(0o755)
    patch.setenv("PATH", str(folder))
    patch.delenv("CI_COMMIT_SHA", raising=False)


def test_says_what_was_trained_and_on_how_many_rows(metadata: dict[str, Any]) -> None:
    assert (metadata["version"], metadata["dataset"], metadata["metrics"]) == ("v1", "iris", METRICS)
    assert metadata["sample_counts"] == {"train": 120, "test": 30, "total": 150}


def test_names_the_classes_of_the_estimators(metadata: dict[str, Any]) -> None:
    assert metadata["preprocessor"] == "sklearn.preprocessing._data.StandardScaler"
    assert metadata["estimator"] == "sklearn.linear_model._logistic.LogisticRegression"


def test_lists_the_hyperparameters_and_spells_those_that_json_has_no_form_for(metadata: dict[str, Any]) -> None:
    assert (metadata["hyperparameters"]["C"], metadata["hyperparameters"]["random_state"]) == (2.5, None)
    assert metadata["hyperparameters"]["class_weight"] == "{'setosa': 2}"


def test_keeps_the_range_of_each_feature_from_the_training_part(metadata: dict[str, Any], split: Split) -> None:
    column = split.X_train[:, 2]
    assert list(metadata["feature_ranges"]) == metadata["feature_names"]
    assert metadata["feature_ranges"]["petal length (cm)"] == {"min": column.min(), "max": column.max()}


def test_names_the_versions_of_the_libraries_that_trained(metadata: dict[str, Any]) -> None:
    libraries = {name: version(name) for name in ("numpy", "scikit-learn", "joblib")}
    assert metadata["library_versions"] == {"python": platform.python_version(), **libraries}


def test_keeps_how_often_each_class_is_predicted_for_the_training_part(
    iris: Dataset, split: Split, pipeline: Pipeline
) -> None:
    few = dataclasses.replace(split, X_train=split.X_train[:50])
    written = json.loads(pack("v1", pipeline, iris, few, METRICS)["metadata.json"])["prediction_shares"]
    predicted = pipeline.predict(few.X_train)
    assert written == [float(np.mean(predicted == name)) for name in pipeline.classes_]


def test_keeps_golden_rows_from_the_whole_length_of_the_test_part(golden: dict[str, Any], split: Split) -> None:
    rows = golden["instances"]
    assert len(rows) == 20
    assert [rows[0], rows[-1]] == [split.X_test[0].tolist(), split.X_test[-1].tolist()]


def test_keeps_the_answers_of_the_pipeline_bit_for_bit(golden: dict[str, Any], pipeline: Pipeline) -> None:
    labels = pipeline.classes_[golden["labels"]]
    assert np.array_equal(labels, pipeline.predict(np.array(golden["instances"])))
    assert np.array_equal(golden["probabilities"], pipeline.predict_proba(np.array(golden["instances"])))


def test_keeps_all_rows_where_there_are_few(iris: Dataset, split: Split, pipeline: Pipeline) -> None:
    few = dataclasses.replace(split, X_test=split.X_test[:3], y_test=split.y_test[:3])
    packed = pack("v1", pipeline, iris, few, METRICS)
    assert json.loads(packed["golden.json"])["instances"] == few.X_test.tolist()


@pytest.mark.parametrize("name", ["preprocessor.pkl", "model.pkl"])
def test_pickles_load_where_the_code_of_training_is_not(files: dict[str, bytes], name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(files[name])
    code = "import sys; sys.modules.update(app=None, training=None); import joblib; print(joblib.load(sys.argv[1]))"
    command = [sys.executable, "-W", "error", "-c", code, name]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60).returncode == 0


def test_names_the_commit_that_the_pipeline_names(
    monkeypatch: pytest.MonkeyPatch, iris: Dataset, split: Split, pipeline: Pipeline
) -> None:
    monkeypatch.setenv("CI_COMMIT_SHA", COMMIT)
    assert json.loads(pack("v1", pipeline, iris, split, METRICS)["metadata.json"])["git_commit"] == COMMIT


@pytest.mark.parametrize(
    ("script", "commit"),
    [(f"echo {COMMIT}-dirty", f"{COMMIT}-dirty"), ("echo no repository >&2; exit 128", None)],
    ids=["in a repository", "outside one"],
)
def test_names_the_commit_that_git_describes(
    script: str, commit: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, iris: Dataset, split: Split,
    pipeline: Pipeline,
) -> None:  # fmt: skip
    put_git_on_the_path(monkeypatch, tmp_path, script)
    assert json.loads(pack("v1", pipeline, iris, split, METRICS)["metadata.json"])["git_commit"] == commit


def test_names_no_commit_where_there_is_no_git(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, iris: Dataset, split: Split, pipeline: Pipeline
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI_COMMIT_SHA", raising=False)
    assert json.loads(pack("v1", pipeline, iris, split, METRICS)["metadata.json"])["git_commit"] is None


def test_makes_names_that_a_version_may_have_and_that_sort_by_time() -> None:
    once, later = create_version_name(), create_version_name()
    check_version_name(once)
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{3}Z", once)
    assert once <= later


def test_spells_hyperparameters_that_are_no_finite_numbers(iris: Dataset, split: Split) -> None:
    pipeline = build_pipeline(StandardScaler(), LogisticRegression(C=np.inf)).fit(split.X_train, split.y_train)
    files = pack("v1", pipeline, iris, split, metrics={})
    assert json.loads(files["metadata.json"])["hyperparameters"]["C"] == "inf"


def test_signs_nothing_without_a_key(files: dict[str, bytes]) -> None:
    assert sorted(files) == ["golden.json", "metadata.json", "model.pkl", "preprocessor.pkl"]


def test_signs_with_the_key_that_it_is_given(tmp_path: Path, iris: Dataset, split: Split, pipeline: Pipeline) -> None:
    signing_key, other_key = (write_signing_key(make_folder(tmp_path / name)) for name in ("own", "other"))
    publish(tmp_path, "v1", pack("v1", pipeline, iris, split, METRICS, signing_key.key))
    assert read_artifact(tmp_path, policy=AcceptancePolicy(signing_key.key.public_key())).is_signature_verified
    with pytest.raises(ArtifactUntrusted, match="metadata.json.sig is not the signature of metadata.json"):
        read_artifact(tmp_path, policy=AcceptancePolicy(other_key.key.public_key()))


def make_folder(path: Path) -> Path:
    path.mkdir()
    return path
