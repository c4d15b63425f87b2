from __future__ import annotations

import dataclasses
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

from app.artifacts import Artifact, ArtifactCorrupt
from app.engines.classes import _ARGMAX_ESTIMATORS
from app.engines.estimator import EstimatorEngine
from app.engines.passes import PASS_ROWS
from tests.support.published_models import load_iris_dataset, publish_model
from training.dataset import Dataset

IRIS = load_iris_dataset()
NAMES = np.array(IRIS.classes)[IRIS.y]
SCALED = StandardScaler().fit_transform(IRIS.X)


class CautiousClassifier(LogisticRegression):  # type: ignore[misc]
    """Says 1 only when it is nearly sure, which is not what an argmax would say."""

    def predict(self, X: Any) -> Any:
        return (self.predict_proba(X)[:, 1] > 0.99).astype(np.int64)


CautiousNamesake = type("RandomForestClassifier", (CautiousClassifier,), {"__module__": __name__})
RandomForestClassifier = CautiousNamesake


def put_in(artifact: Artifact, estimator: Any, preprocessor: Any = None) -> EstimatorEngine:
    """Return a classifier of `artifact` with other estimators; without a preprocessor, one that changes nothing."""
    unchanging = StandardScaler(with_mean=False, with_std=False).fit(np.ones((1, len(artifact.metadata.feature_names))))
    pickles = pickle.dumps(preprocessor or unchanging), pickle.dumps(estimator)
    return EstimatorEngine(dataclasses.replace(artifact, preprocessor_bytes=pickles[0], model_bytes=pickles[1]))


def fit_with_ties(classes: NDArray[Any]) -> tuple[GradientBoostingClassifier, NDArray[np.float64]]:
    """Return an estimator whose score for 0 is exactly 0, and rows for which it says 0, a tie, 1, a tie."""
    X = np.zeros((6, 30))
    X[:, 0] = [-1, -1, 0, 0, 1, 1]
    estimator = GradientBoostingClassifier(n_estimators=3).fit(X, classes[[0, 0, 0, 1, 1, 1]])
    return estimator, X[[0, 2, 4, 3]]


def predict_in_passes(estimator: Any, X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the estimator's own probabilities for matrices of one size, which linear algebra rounds alike."""
    places = np.minimum(np.arange(-(-len(X) // PASS_ROWS) * PASS_ROWS), len(X) - 1)
    passes = np.split(places, len(places) // PASS_ROWS)
    return np.concatenate([estimator.predict_proba(X[part]) for part in passes])[: len(X)]


@pytest.mark.parametrize("name", sorted(_ARGMAX_ESTIMATORS))
def test_labels_and_probabilities_are_the_estimators_own_bit_for_bit(iris_artifact: Artifact, name: str) -> None:
    estimator = dict(all_estimators("classifier"))[name]()
    if "max_iter" in estimator.get_params():
        estimator.set_params(max_iter=5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # five iterations are too few, and enough for this
        estimator.fit(SCALED, IRIS.y)
    answers = put_in(iris_artifact, estimator).compute(SCALED)
    labels, probabilities = answers["labels"], answers["probabilities"]
    assert np.array_equal(labels, estimator.predict(SCALED))
    assert probabilities.tobytes() == predict_in_passes(estimator, SCALED).tobytes()


@pytest.mark.parametrize(
    "estimator",
    [
        CautiousClassifier(),
        CautiousNamesake(),
        FixedThresholdClassifier(LogisticRegression(), threshold=0.99, response_method="predict_proba"),
        CalibratedClassifierCV(LogisticRegression(), cv=2),
    ],
)
def test_asks_an_estimator_whose_rule_is_its_own(
    example_artifact: Artifact, example_dataset: Dataset, estimator: Any
) -> None:
    scaler = StandardScaler().fit(example_dataset.X)
    estimator.fit(scaler.transform(example_dataset.X), example_dataset.y)
    answers = put_in(example_artifact, estimator, scaler).compute(example_dataset.X)
    labels, probabilities = answers["labels"], answers["probabilities"]
    assert np.array_equal(labels, estimator.predict(scaler.transform(example_dataset.X)))
    assert probabilities.tobytes() == estimator.predict_proba(scaler.transform(example_dataset.X)).tobytes()


def test_the_estimators_with_a_rule_of_their_own_do_differ_from_argmax(example_dataset: Dataset) -> None:
    X = StandardScaler().fit_transform(example_dataset.X)
    estimator = CautiousNamesake().fit(X, example_dataset.y)
    assert not np.array_equal(estimator.predict(X), estimator.predict_proba(X).argmax(axis=1))


@pytest.mark.parametrize("classes", [np.array([0, 1]), np.array(["no", "yes"])])
def test_an_exact_tie_is_labelled_as_predict_labels_it(example_artifact: Artifact, classes: NDArray[Any]) -> None:
    estimator, rows = fit_with_ties(classes)
    answers = put_in(example_artifact, estimator).compute(rows)
    assert answers["labels"].tolist() == [0, 1, 1, 1]
    assert answers["probabilities"][1].tolist() == [0.5, 0.5]


def test_asks_predict_where_there_is_a_tie(example_artifact: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    estimator, rows = fit_with_ties(np.array([0, 1]))
    asked: list[Any] = []

    def record_and_predict(self: Any, X: Any) -> list[int]:
        asked.append(X[:, 0].tolist())
        return [0, 0, 1, 1]

    monkeypatch.setattr(GradientBoostingClassifier, "predict", record_and_predict)
    assert put_in(example_artifact, estimator).compute(rows)["labels"].tolist() == [0, 0, 1, 1]
    assert asked == [rows[:, 0].tolist()]
    put_in(example_artifact, estimator).compute(rows[[0, 2]])
    assert len(asked) == 1


@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), GradientBoostingClassifier(n_estimators=5), CalibratedClassifierCV(cv=2)]
)
def test_the_label_of_a_named_class_is_its_index(iris_artifact: Artifact, estimator: Any) -> None:
    labels = put_in(iris_artifact, estimator.fit(SCALED, NAMES)).compute(SCALED)["labels"]
    assert [IRIS.classes[label] for label in labels] == estimator.predict(SCALED).tolist()


@pytest.mark.parametrize(
    ("preprocessor", "estimator", "fault"),
    [
        ("text", LogisticRegression(), "the preprocessor has no transform"),
        (StandardScaler(), StandardScaler(), "the model has no predict_proba, so it gives no probabilities"),
        (
            StandardScaler(),
            LogisticRegression().fit([[0.0], [1.0]], [0, 1]),
            "the model and the metadata disagree on the number of classes",
        ),
    ],
)
def test_refuses_estimators_that_cannot_answer(
    iris_artifact: Artifact, preprocessor: Any, estimator: Any, fault: str
) -> None:
    with pytest.raises(ArtifactCorrupt) as refused:
        put_in(iris_artifact, estimator, preprocessor)
    assert refused.value.fault == fault


def test_accepts_every_row_that_it_was_trained_with(tmp_path: Path) -> None:
    X = np.linspace(0, 9, 100)[:, np.newaxis]
    y = (X[:, 0] > 4).astype(np.int64)
    X[0] = 60  # in the training part, and so not among the golden rows
    dataset = Dataset("steep", X, y, ["exponent"], classes=["low", "high"])
    tree = DecisionTreeClassifier(random_state=0)
    artifact = publish_model(tmp_path, "steep", dataset, tree, FunctionTransformer(np.exp))
    assert EstimatorEngine(artifact).largest_number == 100
