"""Every estimator of scikit-learn that answers: served with its own bits, or refused with a sentence."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from app.artifacts import ArtifactCorrupt
from app.artifacts.errors import NotPublishable
from app.engines.passes import PASS_ROWS
from app.model.model import Model, load_model
from app.outputs.prediction import Arrays
from app.tables.rows import to_rows
from tests.support.depth import IS_LONG
from tests.support.described_models import publish_fitted
from tests.support.estimators import build_small, list_names

pytestmark = pytest.mark.filterwarnings("ignore")  # of estimators that do not converge, or are to go

IRIS = load_iris()
# As many rows as a pass has, so that the estimator itself can be asked for just these. Of three classes each.
X = np.ascontiguousarray(np.abs(IRIS.data[np.linspace(0, 149, PASS_ROWS, dtype=int)]))
CLASSES = IRIS.target[np.linspace(0, 149, PASS_ROWS, dtype=int)]
# Column by column in memory, as most frames are: one made of an array has the bits of an array.
FRAME = pd.DataFrame({name: X[:, place] for place, name in enumerate("abcd")})
BOTH = np.column_stack([CLASSES, X[:, 0]])

TASKS = {"classifier": "classification", "regressor": "regression", "cluster": "cluster", "outlier": "outlier"}
HARD = {"FixedThresholdClassifier", "TunedThresholdClassifierCV"}  # two classes alone
MULTILABEL = {"ClassifierChain", "MultiOutputClassifier"}
MULTITARGET = {"CCA", "PLSCanonical", "MultiOutputRegressor", "RegressorChain"}
NO_PREDICT = "has no predict, so it cannot answer for new rows. Publish a model that has."
REFUSED = {
    **dict.fromkeys(
        [
            "AgglomerativeClustering", "DBSCAN", "FeatureAgglomeration", "HDBSCAN", "LocalOutlierFactor", "OPTICS",
            "SpectralClustering",
        ],
        NO_PREDICT,
    ),
}  # fmt: skip
# Of one column alone; of five columns and more.
UNFIT = {"IsotonicRegression", "OrthogonalMatchingPursuitCV"}
CASES = [(kind, name) for kind in TASKS for name in list_names(kind)]
SAMPLE = [
    "CategoricalNB", "LogisticRegression", "MLPClassifier", "MultiOutputClassifier", "RandomForestClassifier",
    "RidgeClassifier", "SVC", "TunedThresholdClassifierCV", "VotingClassifier", "DecisionTreeRegressor",
    "GaussianProcessRegressor", "LinearRegression", "PLSCanonical", "RegressorChain", "DBSCAN", "KMeans", "MeanShift",
    "IsolationForest", "LocalOutlierFactor", "SGDOneClassSVM",
]  # fmt: skip
TRANSFORMERS = list_names("transformer")
TEXTS = {"CountVectorizer", "HashingVectorizer", "TfidfVectorizer"}
# Of other input than rows of numbers, or no transformers of it: what scikit-learn itself does not fit in a pipeline.
UNFIT_TRANSFORMERS = {
    "CCA", "DictVectorizer", "FeatureHasher", "IsotonicRegression", "KernelCenterer", "LabelBinarizer", "LabelEncoder",
    "MissingIndicator", "MultiLabelBinarizer", "PLSCanonical", "PLSRegression", "PLSSVD", "PatchExtractor", "TSNE",
}  # fmt: skip
REFUSED_TRANSFORMERS: set[str] = set()
# Whose iterations end when all rows have come close enough: the last bits of a row depend on its neighbours.
TOGETHER = {"LatentDirichletAllocation", "MiniBatchNMF", "NMF"}
TRANSFORMER_SAMPLE = ["KBinsDiscretizer", "PCA", "SparsePCA", "StandardScaler", "TfidfVectorizer", "Normalizer"]


def pick(names: list[Any], sample: list[str]) -> list[Any]:
    return names if IS_LONG else [each for each in names if (each if isinstance(each, str) else each[1]) in sample]


def fit(kind: str, name: str, table: Any) -> tuple[Any, str, tuple[str, ...]]:
    """Return a fitted model with its task and its targets."""
    model = build_small(name)
    if name in MULTILABEL:
        return model.fit(table, np.eye(3, dtype=int)[CLASSES]), "multilabel", ("p", "q", "r")
    if name in MULTITARGET or name.startswith("MultiTask"):
        return model.fit(table, BOTH), "regression", ("p", "q")
    if kind == "regressor":
        return model.fit(table, X[:, 0] * 2 + 1), "regression", ("p",)
    return model.fit(table, CLASSES == 1 if name in HARD else CLASSES), TASKS[kind], ()


def reload(model: Any) -> Any:
    """Return the model as it is after it was stored: other arrays in memory may add up in another order."""
    return pickle.loads(pickle.dumps(model))


def ask(model: Any, task: str, table: Any) -> Arrays:
    """Return what the estimator itself answers, in the form of the service."""
    predicted = np.asarray(model.predict(table))
    if task == "regression":
        return {"values": predicted.astype(float).reshape(len(predicted), -1)}
    if task in {"multilabel", "cluster"}:
        shares: Any = model.predict_proba(table) if hasattr(model, "predict_proba") else None
        if isinstance(shares, list):
            shares = np.column_stack([each[:, 1] for each in shares])
        return (
            {"labels": predicted.astype(int)} if task == "cluster" else {"labels": predicted, "probabilities": shares}
        )
    if task == "classification":
        predicted = np.searchsorted(model.classes_, predicted.reshape(-1))
        if hasattr(model, "predict_proba"):
            return {"labels": predicted, "probabilities": model.predict_proba(table)}
    return {"labels": predicted, **ask_scores(model, table)}


def ask_scores(model: Any, table: Any) -> Arrays:
    if not hasattr(model, "decision_function"):
        return {}
    scores = model.decision_function(table)
    return {"scores": np.column_stack([-scores, scores]) if scores.ndim == 1 and hasattr(model, "classes_") else scores}


def assert_served(served: Model, rows: NDArray[Any], expected: Arrays, rtol: float = 0.0) -> None:
    """Assert that the answers are `expected`, together and one by one: to the last bit, or to within `rtol`."""
    parsed = served.columns.parse_instances(served.columns.to_json(rows))
    answers = served.answer(parsed).arrays
    alone = [served.answer(parsed[row : row + 1]).arrays for row in range(0, len(rows), 5)]
    assert answers.keys() == expected.keys()
    for name, array in answers.items():
        np.testing.assert_allclose(array, expected[name], rtol, err_msg=name)
        np.testing.assert_allclose(np.concatenate([each[name] for each in alone]), array[::5], rtol, err_msg=name)


@pytest.mark.parametrize("table", [X, FRAME], ids=["array", "frame"])
@pytest.mark.parametrize(("kind", "name"), pick(CASES, SAMPLE))
def test_an_estimator_is_served_exactly_or_refused(kind: str, name: str, table: Any, tmp_path: Path) -> None:
    if name in UNFIT:
        return
    model, task, targets = fit(kind, name, table)
    if name in REFUSED:
        with pytest.raises(NotPublishable, match=f"^{name} {REFUSED[name]}$"):
            publish_fitted(tmp_path, model, task, table, targets=targets)
        assert not (tmp_path / "current").exists()
        return
    artifact = publish_fitted(tmp_path, model, task, table, targets=targets)
    rows = to_rows(table, artifact.metadata.parse_columns())
    assert_served(load_model(artifact), rows, ask(reload(model), task, table.copy()))


@pytest.mark.parametrize("name", pick(TRANSFORMERS, TRANSFORMER_SAMPLE))
def test_a_transformer_is_served_exactly_or_refused(name: str, tmp_path: Path) -> None:
    table: Any = X
    if name in TEXTS:
        table = [f"row {number % 7} of {number % 3}" for number in range(PASS_ROWS)]
    model = make_pipeline(build_small(name), LogisticRegression(max_iter=50))
    try:
        model.fit(table, CLASSES)
    except (TypeError, ValueError, AttributeError):
        assert name in UNFIT_TRANSFORMERS
        return
    try:
        served = load_model(artifact := publish_fitted(tmp_path, model, "classification", table))
    except (NotPublishable, ArtifactCorrupt):
        assert name in REFUSED_TRANSFORMERS
        return
    assert name not in REFUSED_TRANSFORMERS
    rows = to_rows(table, artifact.metadata.parse_columns())
    rtol = 1e-9 if name in TOGETHER else 0.0
    assert_served(served, rows, ask(reload(model), "classification", table.copy()), rtol)
