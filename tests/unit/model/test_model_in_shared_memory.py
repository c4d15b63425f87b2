"""A model whose arrays lie in shared memory answers as one with arrays of its own."""

from __future__ import annotations

import dataclasses
import gc
import mmap
import os
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer
from sklearn.svm import SVC

from app.artifacts import Artifact, read_artifact, unpickling
from app.artifacts.content import MIN_SHARED_BYTES
from app.model.model import Model, load_model
from app.model.trial import Trial
from tests.support.forked import forked
from tests.support.published_models import load_iris_dataset, publish_model
from tests.support.shared_content import share
from tests.support.small_models import SMALL_MODELS, build_model, get_small_model

ESTIMATORS = [
    KNeighborsClassifier(algorithm="brute"),
    KNeighborsClassifier(algorithm="kd_tree"),
    KNeighborsClassifier(algorithm="ball_tree"),
    GaussianProcessClassifier(optimizer=None),
    make_pipeline(Nystroem(n_components=20, random_state=0), LogisticRegression()),
    make_pipeline(QuantileTransformer(n_quantiles=50), PCA(), SVC()),
    MLPClassifier((40,), max_iter=50, random_state=0),
    HistGradientBoostingClassifier(max_iter=10),
    RandomForestClassifier(5, random_state=0),
]


class Counter(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A classifier that counts, in an array that it was fitted with, the rows that it has answered."""

    def fit(self, X: Any, y: Any) -> Counter:
        self.classes_ = np.unique(y)
        self.counts_ = np.zeros(MIN_SHARED_BYTES // 8)
        return self

    def predict(self, X: Any) -> Any:
        self.counts_[0] += len(X)
        return np.repeat(self.classes_[:1], len(X))


def share_artifact(monkeypatch: pytest.MonkeyPatch, artifact: Artifact) -> Artifact:
    """Return the artifact as it would be if it were large, and each of its arrays."""
    monkeypatch.setattr(unpickling, "MIN_ARRAY_BYTES", 1)
    preprocessor, model = (share(monkeypatch, each) for each in (artifact.preprocessor_bytes, artifact.model_bytes))
    return dataclasses.replace(artifact, preprocessor_bytes=preprocessor, model_bytes=model)


def compute(artifact: Artifact) -> dict[str, bytes]:
    """Return the bits of the answers for the golden rows, together and one by one."""
    model = Model(artifact)
    rows = model.columns.check_matrix(artifact.golden.instances)
    parts = [rows, *(rows[number : number + 1] for number in range(len(rows)))]
    answers = [model.engine.compute(part.copy()) for part in parts]
    return {name: b"".join(each[name].tobytes() for each in answers) for name in answers[0]}


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_answers_of_every_task_have_the_same_bits(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    artifact = get_small_model(name).artifact
    assert compute(share_artifact(monkeypatch, artifact)) == compute(artifact)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
def test_answers_of_estimators_that_keep_arrays_have_the_same_bits(
    monkeypatch: pytest.MonkeyPatch, estimator: Any
) -> None:
    X, y = load_iris(return_X_y=True)
    artifact = build_model(estimator, X, y, "classification").artifact
    assert compute(share_artifact(monkeypatch, artifact)) == compute(artifact)


def publish_large(artifact_dir: Path) -> Artifact:
    """Publish a model that is large enough to be shared, and writes into its arrays."""
    publish_model(artifact_dir, "large", load_iris_dataset(), Counter())
    artifact = read_artifact(artifact_dir)
    assert isinstance(artifact.model_bytes, mmap.mmap)
    return artifact


def test_a_model_that_writes_into_its_arrays_answers_and_changes_them_for_no_other_process(tmp_path: Path) -> None:
    artifact = publish_large(tmp_path)
    published = bytes(artifact.model_bytes)

    def load_and_compare() -> bool:
        load_model(artifact)
        return artifact.model_bytes[:] == published

    Trial(artifact).get_outcome()
    with forked(load_and_compare) as first, forked(load_and_compare) as second:
        assert not first() and not second()
    assert artifact.model_bytes[:] == published


def test_a_large_model_does_not_change_with_what_is_on_disk(tmp_path: Path) -> None:
    artifact = publish_large(tmp_path)
    published = (tmp_path / "large" / "model.pkl").read_bytes()
    with (tmp_path / "large" / "model.pkl").open("r+b") as file:
        file.write(b"another version")
        file.truncate(100)
    assert artifact.model_bytes[:] == published
    Trial(artifact).get_outcome()


def test_nothing_is_left_of_an_artifact_that_is_dropped(tmp_path: Path) -> None:
    publish_large(tmp_path)
    before = os.listdir("/proc/self/fd")
    for _ in range(10):
        artifact = read_artifact(tmp_path)
        estimators = artifact.unpickle()
        is_held = weakref.ref(artifact.model_bytes)
        del artifact
        gc.collect()
        assert is_held() is not None
        del estimators
        gc.collect()
        assert is_held() is None
    assert os.listdir("/proc/self/fd") == before
