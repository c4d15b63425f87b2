"""Tasks: what kind of answers an estimator is trained to give."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor
from sklearn.ensemble import StackingClassifier, StackingRegressor
from sklearn.pipeline import Pipeline

from training.errors import EstimatorUnusable
from training.values import cast_values

CLASSIFICATION = "classification"
MULTILABEL = "multilabel"
MULTIOUTPUT = "multioutput"
REGRESSION = "regression"
OUTLIER = "outlier"
CLUSTER = "cluster"

_METHODS = ("fit", "get_params", "__sklearn_tags__")


def find_task(estimator: Any, y: Any) -> str:
    """Return the task of an estimator, or of a pipeline that ends with it, for what it learns: `y`, or `None`.

    Raises `EstimatorUnusable` for what gives no answers.
    """
    name = name_estimator(estimator)
    if isinstance(estimator, type) or not all(hasattr(estimator, each) for each in _METHODS):
        raise EstimatorUnusable(
            f"{name} is no estimator of scikit-learn: it must be an instance of a class derived from BaseEstimator."
        )
    if not (hasattr(estimator, "predict") or _will_predict(estimator)):
        raise EstimatorUnusable(
            f"{name} has no 'predict', so there is nothing to serve: end the pipeline with an estimator that has it."
        )
    try:
        if is_classifier(estimator):
            return _find_classification(y)
        for task, is_of_task in ((REGRESSION, is_regressor), (OUTLIER, is_outlier_detector), (CLUSTER, is_clusterer)):
            if is_of_task(estimator):
                return task
    except AttributeError as error:  # scikit-learn's tags of what lacks an estimator within
        raise EstimatorUnusable(f"{name} does not say what it is: an estimator within it is missing.") from error
    raise EstimatorUnusable(
        f"{name} has a 'predict', but says neither that it is a classifier nor a regressor, an outlier detector or a "
        "clusterer: derive it from scikit-learn's mixin for that."
    )


def _will_predict(estimator: Any) -> bool:
    """Return whether an estimator will have a `predict`: of stacking, what ends it may be chosen at its fit."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    return isinstance(last, (StackingClassifier, StackingRegressor)) and last.final_estimator is None


def name_estimator(estimator: Any) -> str:
    """Return the name of an estimator's class; of a pipeline, that of what it ends with."""
    last = estimator[-1] if isinstance(estimator, Pipeline) and estimator.steps else estimator
    return type(estimator if isinstance(last, str) else last).__name__


def _find_classification(y: Any) -> str:
    if np.ndim(y) != 2 or np.shape(y)[1] == 1:
        return CLASSIFICATION
    values = cast_values(y, "y")
    is_binary = values.dtype.kind in "bif" and bool(np.isin(values, (0, 1)).all())
    return MULTILABEL if is_binary else MULTIOUTPUT
