"""Publishes small models for the tests, with the code that publishes real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from app.artifacts import Artifact, read_artifact
from app.publishing.store import publish
from training.dataset import Dataset
from training.evaluation import measure
from training.packing import build_pipeline, pack
from training.splitting import split_dataset


def load_iris_dataset() -> Dataset:
    """Return 150 rows of 4 features in 3 classes, which have names rather than numbers."""
    iris = load_iris()
    return Dataset(
        name="iris",
        feature_names=[str(name) for name in iris.feature_names],
        classes=[str(name) for name in iris.target_names],
        X=iris.data,
        y=iris.target.astype(np.int64),
    )


def publish_model(
    artifact_dir: Path, version: str, dataset: Dataset, estimator: Any, preprocessor: Any = None
) -> Artifact:
    """Fit `estimator` to `dataset`, publish it as `version` and return the artifact."""
    split = split_dataset(dataset, seed=42)
    pipeline = build_pipeline(preprocessor or StandardScaler(), estimator).fit(split.X_train, split.y_train)
    metrics = {"test": measure(pipeline, split.X_test, split.y_test)}
    publish(artifact_dir, version, pack(version, pipeline, dataset, split, metrics))
    return read_artifact(artifact_dir, version)


def publish_second_and_first(artifact_dir: Path) -> None:
    """Publish two versions that answer differently: `second`, and `first`, which is current then."""
    publish_model(artifact_dir, "second", load_iris_dataset(), LogisticRegression(C=0.01))
    publish_model(artifact_dir, "first", load_iris_dataset(), LogisticRegression())
