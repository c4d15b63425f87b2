"""Passes: how many rows the estimators are handed at a time, so that no answer depends on how many were asked for.

The libraries of linear algebra add up in another order for one row than for many, and for the last few rows of a matrix
than for the others: the answer for a row would differ alone and in a batch, by the last bits. In matrices of one shape
it does not, wherever the row stands. So what multiplies matrices is handed passes of one size, filled up by repetition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from app.outputs.prediction import Arrays

PASS_ROWS = 64
"""A multiple of what processors compute at once; it costs one row some microseconds, and 512 rows a millisecond."""

# Of scikit-learn: what computes each row for itself, in one order, whatever the others are.
_BY_ROW = frozenset({
    "DecisionTreeClassifier", "DecisionTreeRegressor", "DummyClassifier", "DummyRegressor", "ExtraTreeClassifier",
    "ExtraTreeRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor", "GradientBoostingClassifier",
    "GradientBoostingRegressor", "HistGradientBoostingClassifier", "HistGradientBoostingRegressor", "IsolationForest",
    "RandomForestClassifier", "RandomForestRegressor", "NuSVC", "NuSVR", "OneClassSVM", "SVC", "SVR",
    "CountVectorizer", "HashingVectorizer", "KBinsDiscretizer", "MaxAbsScaler", "MinMaxScaler", "OneHotEncoder",
    "OrdinalEncoder", "RobustScaler", "SelectKBest", "SimpleImputer", "StandardScaler", "TfidfTransformer",
    "TfidfVectorizer", "VarianceThreshold",
})  # fmt: skip
# And these, of sparse matrices, as an encoder or a vectorizer makes them: those are multiplied row by row.
_BY_SPARSE_ROW = frozenset({
    "LinearSVC", "LogisticRegression", "LogisticRegressionCV", "Ridge", "RidgeClassifier", "SGDClassifier",
    "SGDRegressor",
})  # fmt: skip
# All that these libraries have computes each row for itself.
_LIBRARIES_BY_ROW = frozenset({"xgboost", "lightgbm", "catboost"})
_NEIGHBOURS = frozenset({
    "KNeighborsClassifier", "KNeighborsRegressor", "LocalOutlierFactor", "RadiusNeighborsClassifier",
    "RadiusNeighborsRegressor",
})  # fmt: skip


def transforms_by_row(preprocessor: Any) -> bool:
    """Return whether what `preprocessor` makes of a row does not depend on the number of rows."""
    if isinstance(preprocessor, str):  # "passthrough", or "drop"
        return True
    kind = _name_type(preprocessor)
    if kind == "Pipeline":
        return all(transforms_by_row(step) for _, step in preprocessor.steps)
    if kind == "ColumnTransformer":
        return all(transforms_by_row(step) for _, step, *_ in preprocessor.transformers_)
    if kind == "FunctionTransformer":  # which is how a ColumnTransformer passes columns through
        return preprocessor.func is None
    return kind in _BY_ROW


def answers_by_row(estimator: Any, transformed: Any) -> bool:
    """Return whether no answer for rows such as `transformed` depends on the number of rows."""
    if type(estimator).__module__.partition(".")[0] in _LIBRARIES_BY_ROW:
        return True
    is_sparse = hasattr(transformed, "tocsr")
    name = _name_type(estimator)
    if name in _NEIGHBOURS:  # by a tree for each row, or by distances of all rows at once
        return getattr(estimator, "_fit_method", None) in {"ball_tree", "kd_tree"}
    return name in (_BY_ROW | _BY_SPARSE_ROW if is_sparse else _BY_ROW)


def find_order(transformed: Any) -> Literal["C", "F"]:
    """Return whether an array of several rows stands row by row in memory, or column by column."""
    flags = transformed.flags if isinstance(transformed, np.ndarray) else None
    return "F" if flags is not None and flags.f_contiguous and not flags.c_contiguous else "C"


def compute_in_passes(
    compute: Callable[[Any], Arrays], given: Any, n_rows: int, order: Literal["C", "F"] = "C"
) -> Arrays:
    """Return the arrays that `compute` returns for `given`, computed by so many passes of `PASS_ROWS` as it takes.

    given : an array, a sparse matrix or a list with `n_rows` rows. Not a frame: how pandas lays rows out in memory that
    it takes from a frame depends on how many that has. Arrays are handed on in this `order` in memory: of one row, any
    is every other as well.
    """
    computed = [compute(_take(given, start, n_rows, order)) for start in range(0, max(n_rows, 1), PASS_ROWS)]
    if len(computed) == 1:
        return {name: array[:n_rows] for name, array in computed[0].items()}
    return {name: np.concatenate([arrays[name] for arrays in computed])[:n_rows] for name in computed[0]}


def _take(given: Any, start: int, n_rows: int, order: Literal["C", "F"]) -> Any:
    """Return a full pass of rows from `start` on, the last one repeated."""
    if not isinstance(given, np.ndarray):
        places = np.minimum(np.arange(start, start + PASS_ROWS), n_rows - 1)
        return [given[place] for place in places] if isinstance(given, list) else given[places]
    part = given[start : start + PASS_ROWS]
    filled = np.empty((PASS_ROWS, *given.shape[1:]), dtype=given.dtype, order=order)
    filled[: len(part)] = part
    filled[len(part) :] = part[-1]
    return filled


def _name_type(estimator: Any) -> str | None:
    """Return the name of a type of scikit-learn's own; a subclass may compute otherwise."""
    kind = type(estimator)
    return kind.__name__ if kind.__module__.startswith("sklearn.") else None
