"""Models that were trained where scikit-learn was told to hand on frames are served where it is not."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from app.model.model import load_model
from tests.support.described_models import publish_fitted


@pytest.mark.parametrize("transform_output", ["pandas", "default"])
def test_transformers_hand_on_what_they_did_in_training(tmp_path: Path, transform_output: str) -> None:
    X, y = load_iris(return_X_y=True)
    with sklearn.config_context(transform_output=transform_output):
        pipeline = make_pipeline(StandardScaler(), PCA(3), LogisticRegression()).fit(X, y)
        expected = pipeline.predict_proba(X[:64])
        artifact = publish_fitted(tmp_path, pipeline, "classification", X)
    model = load_model(artifact)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answers = model.answer(X[:64].copy())
    assert np.array_equal(answers.probabilities, expected)
    transformed = artifact.unpickle()[0].transform(X[:2])
    assert hasattr(transformed, "iloc") == (transform_output == "pandas")
