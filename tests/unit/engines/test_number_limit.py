"""Finite numbers that a model cannot compute with: each is named, and none is a defect of the service."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    PolynomialFeatures,
    PowerTransformer,
    StandardScaler,
)

from app.artifacts import Artifact
from app.columns.faults import InvalidInput
from app.columns.number import NumberColumn
from app.engines.engine import CannotCompute
from app.engines.number_limit import find_largest_number
from app.model.predictor import ModelPredictor
from tests.support.published_models import load_iris_dataset

IRIS = load_iris_dataset()


class SurprisingScaler(StandardScaler):  # type: ignore[misc]
    """Makes a huge number of a small one that no search for a limit would try."""

    def transform(self, X: Any) -> Any:
        return np.where(np.asarray(X) == 7.77, 1e300, super().transform(X))


class SteepRegression(LogisticRegression):  # type: ignore[misc]
    """Has coefficients so large that its scores overflow although its input does not."""

    def fit(self, X: Any, y: Any) -> SteepRegression:
        super().fit(X, y)
        self.coef_ *= 1e300
        return self


class MoodyRegression(LogisticRegression):  # type: ignore[misc]
    """Raises an error that has nothing to do with the size of numbers."""

    def predict_proba(self, X: Any) -> Any:
        raise ValueError("not today")


def load(artifact: Artifact, preprocessor: Any, estimator: Any) -> ModelPredictor:
    """Return a predictor of `artifact` with other estimators, fitted here to the iris data."""
    preprocessor = preprocessor.fit(IRIS.X)
    estimator = estimator.fit(preprocessor.transform(IRIS.X), IRIS.y)
    pickles: dict[str, Any] = {"preprocessor_bytes": pickle.dumps(preprocessor), "model_bytes": pickle.dumps(estimator)}
    predictor = ModelPredictor()
    predictor.load(dataclasses.replace(artifact, **pickles))
    return predictor


def get_limit(predictor: ModelPredictor) -> float:
    """Return the limit of the first column, which is one of numbers."""
    column = predictor.columns.columns[0]
    assert isinstance(column, NumberColumn)
    return column.largest


def find_limit(preprocessor: Any, n_features: int, largest_trained: float) -> float:
    """Return the limit of the numbers of a table that has no other columns."""
    known_row = np.zeros((1, n_features))
    return find_largest_number(preprocessor.transform, known_row, np.arange(n_features), largest_trained)


def scale_by(*scales: float) -> StandardScaler:
    """Return a scaler that divides each feature by its scale."""
    scaler = StandardScaler(with_mean=False).fit(np.ones((1, len(scales))))
    scaler.scale_ = np.array(scales)
    return scaler


@pytest.mark.parametrize(
    ("scales", "limit"), [((1.0,), 1e37), ((1.0, 1e-3), 1e34), ((1e9, 1e9), 1e37), ((1e-36,), 10.0), ((1e-60,), 1.0)]
)
def test_the_limit_is_the_largest_power_of_ten_that_trees_can_hold(scales: tuple[float, ...], limit: float) -> None:
    assert find_limit(scale_by(*scales), len(scales), largest_trained=0.5) == limit


@pytest.mark.parametrize(("degree", "least", "most"), [(2, 1e15, 1e18), (17, 10, 1e4)])
def test_the_limit_allows_for_features_that_are_multiplied(degree: int, least: float, most: float) -> None:
    preprocessor = make_pipeline(PolynomialFeatures(degree), StandardScaler()).fit(IRIS.X)
    assert least <= find_limit(preprocessor, 4, largest_trained=7.9) <= most


@pytest.mark.parametrize("number", [1e300, -1e300, 1e35, 1.7e308])
@pytest.mark.parametrize("as_array", [True, False])
def test_names_each_number_past_the_limit(
    example_predictor: ModelPredictor, example_artifact: Artifact, number: float, as_array: bool
) -> None:
    rows = example_artifact.golden.instances.copy()
    rows[1, 4] = rows[7, 29] = number
    with pytest.raises(InvalidInput) as refused:
        example_predictor.predict_batch(rows if as_array else rows.tolist())
    assert str(refused.value) == (
        "#/1/4 must be a number from -1e+34 to 1e+34. #/7/29 must be a number from -1e+34 to 1e+34."
    )


@pytest.mark.parametrize(
    ("preprocessor", "estimator"),
    [
        (StandardScaler(), LogisticRegression()),
        (PCA(3), RandomForestClassifier(5, random_state=0)),
        (make_pipeline(PolynomialFeatures(2), StandardScaler()), LogisticRegression()),
    ],
)
@pytest.mark.parametrize("signs", [[1, 1, 1, 1], [-1, 1, 1, -1], [1, 0, 0, 0]])
def test_a_model_computes_with_every_number_up_to_its_limit(
    iris_artifact: Artifact, preprocessor: Any, estimator: Any, signs: list[int]
) -> None:
    predictor = load(iris_artifact, preprocessor, estimator)
    row = np.array(signs) * get_limit(predictor)
    assert predictor.predict(row).probabilities.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("preprocessor", "estimator", "row"),
    [
        (SurprisingScaler(), RandomForestClassifier(5, random_state=0), [5, 3, 1, 7.77]),
        (StandardScaler(), SteepRegression(), [1e30, -1e30, 1e30, 1e30]),
    ],
)
def test_names_the_rows_that_cannot_be_computed_all_the_same(
    iris_artifact: Artifact, preprocessor: Any, estimator: Any, row: list[float]
) -> None:
    predictor = load(iris_artifact, preprocessor, estimator)
    mean = IRIS.X.mean(axis=0).tolist()
    with pytest.raises(CannotCompute) as refused:
        predictor.predict_batch([mean, row, mean, row])
    assert refused.value.rows == (1, 3)
    assert str(refused.value) == "Instance 1, 3 holds numbers that the model cannot compute with."


def test_leaves_any_other_error_of_the_estimator_as_it_is(iris_artifact: Artifact) -> None:
    predictor = load(iris_artifact, StandardScaler(), MoodyRegression())
    with pytest.raises(ValueError, match="^not today$"):
        predictor.predict(np.ones(4))


@pytest.mark.parametrize("preprocessor", [FunctionTransformer(np.log1p), PowerTransformer(method="box-cox")])
def test_a_preprocessor_that_accepts_no_negative_numbers_has_a_limit_for_the_others(
    iris_artifact: Artifact, preprocessor: Any
) -> None:
    predictor = load(iris_artifact, preprocessor, LogisticRegression(max_iter=1000))
    assert get_limit(predictor) >= 1e6
    assert predictor.predict([5, 3, 1, 0.2]).probabilities.sum() == pytest.approx(1)
    with pytest.raises(CannotCompute) as refused:
        predictor.predict_batch([[5, 3, 1, 0.2], [5, 3, 1, -2]])
    assert refused.value.rows == (1,)


@pytest.mark.parametrize(
    ("preprocessor", "number", "limit"), [(OneHotEncoder(), 3.0, 1e37), (FunctionTransformer(np.exp), 60.0, 100.0)]
)
def test_the_limit_is_never_below_what_the_model_was_trained_with(
    preprocessor: Any, number: float, limit: float
) -> None:
    preprocessor.fit([[0.0], [number]])
    assert find_limit(preprocessor, 1, largest_trained=number) == limit


def test_names_the_row_whose_sparse_form_cannot_be_computed(iris_artifact: Artifact) -> None:
    blow_up_in_sparse_form = FunctionTransformer(lambda X: csr_matrix(np.where(X == 7.77, 1e300, X)))
    blow_up_in_sparse_form.fit(IRIS.X)
    predictor = ModelPredictor()
    predictor.load(iris_artifact)
    engine: Any = predictor._model.engine
    engine._preprocessor = blow_up_in_sparse_form
    engine._response.estimator = RandomForestClassifier(5, random_state=0).fit(csr_matrix(IRIS.X), IRIS.y)
    with pytest.raises(CannotCompute) as refused:
        predictor.predict_batch([[5, 3, 1, 1], [5, 3, 1, 7.77]])
    assert refused.value.rows == (1,)
