"""Predicting: a pipeline's answers in the shapes that metrics are computed from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline


def predict(pipeline: Pipeline, X: Any) -> NDArray[Any]:
    """Return the predictions, of shape (n_samples,) where there is one target, whatever the estimator makes of it."""
    if len(X) == 0:
        return np.empty(0)  # estimators refuse to predict nothing
    predicted = np.asarray(pipeline.predict(X))
    return predicted[:, 0] if predicted.ndim == 2 and predicted.shape[1] == 1 else predicted


def get_estimator(pipeline: Any) -> Any:
    """Return what a pipeline ends with, else the estimator itself."""
    return pipeline[-1] if isinstance(pipeline, Pipeline) else pipeline
