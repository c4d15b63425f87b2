from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import training
from app.artifacts import CURRENT_LINK, InvalidVersionName, KeyUnusable, read_artifact, read_link
from app.artifacts.errors import NotPublishable
from app.publishing.store import VersionExists
from tests.support.signing_keys import write_signing_key
from training.errors import DatasetInvalid, EstimatorUnusable
from training.gates import NotGoodEnough

X, Y = load_iris(return_X_y=True)


class Untouchable(LogisticRegression):  # type: ignore[misc]
    """An estimator that must not be fitted, as something is wrong that can be seen before."""

    __module__ = "sklearn.linear_model"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Fail."""
        raise AssertionError("this must have been refused")


def test_fits_measures_and_publishes_a_pipeline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression())
    published = training.publish(model, X, Y, name="iris", version="first", artifact_dir=tmp_path)
    metadata = read_artifact(tmp_path).metadata
    assert (published.version, published.folder) == ("first", tmp_path / "first")
    assert (metadata.version, metadata.dataset, metadata.metrics) == ("first", "iris", published.metrics)
    assert published.metrics["test"]["accuracy"] > 0.8
    assert not hasattr(model, "classes_")  # it is a copy that was fitted
    assert capsys.readouterr().out.endswith(f"\nPublished {tmp_path}/first; it is the current version.\n")


def test_publishes_a_fitted_model_as_it_is(tmp_path: Path) -> None:
    frame, y = load_diabetes(return_X_y=True, as_frame=True)
    model = Ridge().fit(frame, y)
    published = training.publish(model, frame, y, artifact_dir=tmp_path)
    artifact = read_artifact(tmp_path)
    assert artifact.metadata.metrics == published.metrics
    assert published.metrics["sample"]["r2"] == model.score(frame, y)
    assert artifact.unpickle()[1].coef_.tobytes() == model.coef_.tobytes()
    assert artifact.metadata.container == "frame"


def test_leaves_the_model_of_the_caller_as_it_is(tmp_path: Path) -> None:
    model = RandomForestClassifier(3, n_jobs=2, random_state=0).fit(X, Y)
    training.publish(model, X, Y, artifact_dir=tmp_path)
    assert (model.n_jobs, read_artifact(tmp_path).unpickle()[1].n_jobs) == (2, 1)


def test_takes_a_frame_as_the_sample_of_a_model_that_was_fitted_to_an_array(tmp_path: Path) -> None:
    frame = pd.DataFrame(X, columns=list("abcd"))
    training.publish(LogisticRegression(max_iter=500).fit(X, Y), frame, Y, artifact_dir=tmp_path)
    metadata = read_artifact(tmp_path).metadata
    assert (metadata.container, metadata.feature_names) == ("array", list("abcd"))


def test_publishes_what_learns_without_a_target(tmp_path: Path) -> None:
    published = training.publish(KMeans(3, random_state=0).fit(X), X, artifact_dir=tmp_path)
    assert list(published.metrics["sample"]) == ["clusters", "silhouette", "largest_share"]
    assert read_artifact(tmp_path).metadata.task == "cluster"


def test_signs_with_a_key_or_the_file_of_one(tmp_path: Path) -> None:
    keys = write_signing_key(tmp_path)
    model = LogisticRegression(max_iter=500).fit(X, Y)
    for key in (keys.key, keys.private_file):
        published = training.publish(model, X, Y, artifact_dir=tmp_path / "artifacts", signing_key=key)
        assert (published.folder / "metadata.json.sig").is_file()


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        (DatasetInvalid, {"y": np.zeros(150)}),
        (DatasetInvalid, {"X": X[:10]}),
        (DatasetInvalid, {"feature_names": ["a", "a", "b", "c"]}),
        (NotPublishable, {"kinds": {"nothing": "text"}}),
        (NotPublishable, {"kinds": {"feature_0": "boolean"}}),
        (NotGoodEnough, {"at_least": {"r2": 0.5}}),
        (EstimatorUnusable, {"model": BaseEstimator()}),
        (InvalidVersionName, {"version": "../outside"}),
        (KeyUnusable, {"signing_key": "/nowhere.pem"}),
    ],
)
def test_refuses_before_anything_is_fitted(tmp_path: Path, error: type[Exception], changes: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"model": Untouchable(), "X": X, "y": Y, "artifact_dir": tmp_path, **changes}
    with pytest.raises(error):
        training.publish(**arguments)
    assert read_link(tmp_path, CURRENT_LINK) is None


def test_refuses_a_version_that_is_there_before_anything_is_fitted(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    with pytest.raises(VersionExists):
        training.publish(Untouchable(), X, Y, artifact_dir=tmp_path, version="first")


def test_publishes_nothing_that_misses_a_bound(tmp_path: Path) -> None:
    with pytest.raises(NotGoodEnough) as error:
        training.publish(
            LogisticRegression(max_iter=500).fit(X, Y), X, Y, artifact_dir=tmp_path, at_least={"accuracy": 1.0}
        )
    said = str(error.value)
    assert "the accuracy on the sample is 0.9" in said and "at_least={'accuracy': 1.0} asks for 1.0 at least" in said
    assert read_link(tmp_path, CURRENT_LINK) is None


def test_says_that_a_fitted_model_does_not_fit_the_sample(tmp_path: Path) -> None:
    with pytest.raises(NotPublishable) as error:
        training.publish(LogisticRegression(max_iter=500).fit(X, Y), X[:, :2], Y, artifact_dir=tmp_path)
    assert str(error.value) == (
        "Nothing was published: the fitted model has no answer for X (ValueError: X has 2 features, but "
        "LogisticRegression is expecting 4 features as input). X must be of the columns and the type that it was "
        "fitted to."
    )


@pytest.mark.parametrize("names", [None, ["red", "green", "blue"]])
def test_a_class_that_only_the_newest_rows_have_is_none_of_the_model(tmp_path: Path, names: list[str] | None) -> None:
    y = np.where(np.arange(100) >= 80, 1, np.arange(100) % 2 * 2)  # 0 and 2 of old, then 1
    published = training.publish(
        make_pipeline(StandardScaler(), LogisticRegression()),
        X[:100] + y[:, np.newaxis],
        y,
        classes=names,
        times=np.arange(100),
        artifact_dir=tmp_path,
        at_least={"accuracy": 0},
    )
    metadata = read_artifact(tmp_path).metadata
    assert metadata.classes == (["red", "blue"] if names else [0, 2])
    assert published.metrics["test"]["accuracy"] == 0
