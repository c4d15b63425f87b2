"""Classes of an estimator: the index of what it predicts, and whether that is always the likeliest one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Estimators of scikit-learn whose `predict` is the argmax of `predict_proba`, but for rounding near a tie: there the
# estimator itself is asked. All others, whose `predict` may follow another rule, are always asked for both.
_ARGMAX_ESTIMATORS = frozenset({
    "BaggingClassifier", "DecisionTreeClassifier", "DummyClassifier", "ExtraTreeClassifier", "ExtraTreesClassifier",
    "GaussianNB", "GradientBoostingClassifier", "HistGradientBoostingClassifier", "LinearDiscriminantAnalysis",
    "LogisticRegression", "LogisticRegressionCV", "MLPClassifier", "RandomForestClassifier",
})  # fmt: skip
_TIE_MARGIN = 1e-9


def is_argmax(estimator: Any) -> bool:
    """Return whether the estimator is known to predict the likeliest class."""
    kind = type(estimator)
    return kind.__module__.startswith("sklearn.") and kind.__name__ in _ARGMAX_ESTIMATORS


def find_indices(classes: NDArray[Any], predicted: Any) -> NDArray[np.int64]:
    """Return the index of each predicted class, whether it comes in a row, in a column or as a text.

    Raises `ValueError` for what is none of the classes.
    """
    given = np.asarray(predicted).reshape(-1)
    indices: NDArray[np.int64] = np.searchsorted(classes, given) if _are_alike(classes, given) else np.empty(0, int)
    if len(indices) == len(given) and (classes[np.minimum(indices, len(classes) - 1)] == given).all():
        return indices
    by_value = {value: index for index, value in enumerate(classes.tolist())}
    by_text = {str(value): index for value, index in by_value.items()}
    found = [by_value.get(value, by_text.get(str(value), -1)) for value in given.tolist()]
    if -1 in found:
        raise ValueError("The model predicts what is none of its classes.")
    return np.array(found, dtype=np.int64)


def find_near_ties(probabilities: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the rows whose two highest probabilities are so close that rounding may have decided between them."""
    n_classes = probabilities.shape[1]
    if n_classes == 2:  # for which a subtraction does
        return np.flatnonzero(abs(probabilities[:, 1] - probabilities[:, 0]) <= _TIE_MARGIN)
    highest = np.partition(probabilities, n_classes - 2, axis=1)[:, -2:]
    return np.flatnonzero(highest[:, 1] - highest[:, 0] <= _TIE_MARGIN)


def _are_alike(classes: NDArray[Any], given: NDArray[Any]) -> bool:
    """Return whether both are numbers, or both texts, so that numpy can order the ones among the others."""
    numbers, texts = "biuf", "U"
    return any(classes.dtype.kind in kinds and given.dtype.kind in kinds for kinds in (numbers, texts))
