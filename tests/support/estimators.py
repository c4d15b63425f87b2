"""Every estimator of scikit-learn, made small enough to be fitted in no time."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from sklearn.base import OutlierMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

_CLASSIFIER, _REGRESSOR = LogisticRegression(max_iter=50), Ridge()
_SMALL: dict[str, Any] = {
    "n_estimators": 4,
    "max_iter": 20,
    "n_init": 1,
    "max_subpopulation": 100,
    "n_components": 1,
    "random_state": 0,
}
_REQUIRED: dict[str, dict[str, Any]] = {
    "ColumnTransformer": {"transformers": [("a", "passthrough", [0, 1])]},
    "FeatureUnion": {"transformer_list": [("a", "passthrough")]},
    "GridSearchCV": {"param_grid": {"C": [1, 2]}},
    "RANSACRegressor": {"min_samples": 10},
    "RandomizedSearchCV": {"param_distributions": {"C": [1, 2]}, "n_iter": 2},
    "SparseCoder": {"dictionary": np.eye(4)},
}
_OF_REGRESSORS = frozenset({"MultiOutputRegressor", "RegressorChain"})


def list_names(kind: str) -> list[str]:
    """Return the names of all estimators of a kind: `classifier`, `regressor`, `cluster`, `outlier`, `transformer`."""
    if kind == "outlier":
        return [name for name, estimator in all_estimators() if issubclass(estimator, OutlierMixin)]
    return [name for name, _ in all_estimators(type_filter=kind)]


def build_small(name: str) -> Any:
    """Return an estimator that has not been fitted."""
    kind = dict(all_estimators())[name]
    parameters = inspect.signature(kind).parameters
    is_regressor = name in _OF_REGRESSORS or name.endswith("Regressor")
    two = [_REGRESSOR, Ridge(5)] if is_regressor else [DecisionTreeClassifier(), _CLASSIFIER]
    of_estimators = {
        "estimator": two[0] if is_regressor else _CLASSIFIER,
        "estimators": list(zip("ab", two, strict=True)),
    }
    arguments = {key: value for key, value in {**_SMALL, **of_estimators}.items() if key in parameters}
    return kind(**{**arguments, **_REQUIRED.get(name, {})})
