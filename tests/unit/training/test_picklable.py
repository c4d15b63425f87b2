from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from training.errors import EstimatorUnusable
from training.packing import build_pipeline
from training.picklable import check_picklable

HERE = __name__


def double(X: Any) -> Any:
    return X * 2


class Doubler(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A transformer of one's own."""

    def fit(self, X: Any, y: Any = None) -> Doubler:
        return self

    def transform(self, X: Any) -> Any:
        return double(X)


class Forgetful(BaseEstimator):  # type: ignore[misc]
    """An estimator that does not keep what it is given."""

    def __init__(self, rate: float = 1.0) -> None:
        self.rate = rate + 1


def transform_with(function: Any) -> Pipeline:
    return build_pipeline(FunctionTransformer(function), LogisticRegression())


def explain(pipeline: Any, *code_modules: str) -> str:
    with pytest.raises(EstimatorUnusable) as refused:
        check_picklable(pipeline, code_modules)
    return str(refused.value)


@pytest.mark.parametrize(
    "pipeline",
    [
        build_pipeline(StandardScaler(), LogisticRegression()),
        build_pipeline("passthrough", HistGradientBoostingClassifier()),
        build_pipeline(TfidfVectorizer(), RandomForestClassifier()),
        build_pipeline(
            ColumnTransformer([("a", OneHotEncoder(), [0])]), GridSearchCV(LogisticRegression(), {"C": [1]})
        ),
        transform_with(np.log1p),
        transform_with(len),
    ],
)
def test_lets_through_what_scikit_learn_and_numpy_are_made_of(pipeline: Any) -> None:
    check_picklable(pipeline)


@pytest.mark.parametrize("name", ["a lambda", "a function inside another one"])
def test_names_the_parameter_that_cannot_be_pickled(name: str) -> None:
    def inner(X: Any) -> Any:
        return X

    function = inner if "inside" in name else lambda X: X
    assert explain(transform_with(function)) == (
        "The parameter preprocessor__func cannot be pickled, as a lambda, a function inside another one or an open "
        "file cannot: define it at the top of a module of its own, and name that with --code (in Python, code=)."
    )


def test_names_the_innermost_parameter() -> None:
    inner = make_pipeline(SimpleImputer(), FunctionTransformer(lambda X: X))
    sentence = explain(build_pipeline(ColumnTransformer([("numbers", inner, [0])]), LogisticRegression()))
    assert sentence.startswith("The parameter preprocessor__numbers__functiontransformer__func cannot be pickled")


@pytest.mark.parametrize(("thing", "name"), [(transform_with(double), "double"), (make_pipeline(Doubler()), "Doubler")])
def test_refuses_what_comes_from_a_module_that_serving_lacks(thing: Any, name: str) -> None:
    assert explain(thing) == (
        f"The pipeline needs {HERE}.{name}, which a server does not have. Name the file or the folder of tests with "
        "--code (in Python, code=), and the version brings it along."
    )


@pytest.mark.parametrize("module", [HERE, "tests"])
def test_lets_through_modules_that_are_published_with_the_version(module: str) -> None:
    check_picklable(make_pipeline(Doubler()), [module])


def test_refuses_a_module_where_another_one_is_published_with_the_version() -> None:
    assert explain(make_pipeline(Doubler()), "other").startswith(f"The pipeline needs {HERE}.Doubler, ")


def test_refuses_what_the_script_itself_defines(monkeypatch: pytest.MonkeyPatch) -> None:
    main = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(Doubler, "__module__", "__main__")
    monkeypatch.setattr(main, "Doubler", Doubler, raising=False)
    assert explain(make_pipeline(Doubler())) == (
        "The pipeline needs __main__.Doubler, which was defined in the script or notebook itself, where a server has "
        "none. Put it into a file of its own and name that with --code (in Python, code=); or name the script, if "
        "importing it trains nothing."
    )


@pytest.mark.parametrize("thing", [object(), make_pipeline(Forgetful())])
def test_refuses_what_cannot_be_copied(thing: Any) -> None:
    assert explain(thing).startswith("The pipeline cannot be copied unfitted, as each fold needs it: ")
