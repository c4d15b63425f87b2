"""Every row of the data, every way of asking: the service answers what the estimator itself answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import requests

from app.artifacts import Artifact
from tests.support.running_server import RunningServer
from training.dataset import Dataset

MAX_BATCH_SIZE = 512


@pytest.fixture(scope="module")
def expected(example_artifact: Artifact, example_dataset: Dataset) -> list[dict[str, Any]]:
    """Return what the estimator answers for each row, asked without any code of the service."""
    preprocessor, estimator = example_artifact.unpickle()
    transformed = preprocessor.transform(example_dataset.X)
    answers = zip(estimator.predict(transformed), estimator.predict_proba(transformed), strict=True)
    return [
        {
            "label": int(label),
            "class": ["malignant", "benign"][int(label)],
            "probabilities": {"class_0": round(float(p[0]), 6), "class_1": round(float(p[1]), 6)},
            "model_version": "example",
            "n_features_in": 30,
        }
        for label, p in answers
    ]


def write_rows(dataset: Dataset, by_name: bool) -> list[Any]:
    """Return all rows as lists, or as objects whose keys stand in another order in each."""
    if not by_name:
        rows: list[Any] = dataset.X.tolist()
        return rows
    shuffle = np.random.default_rng(0).permutation
    names = dataset.feature_names
    return [{names[i]: row[i] for i in shuffle(len(names)).tolist()} for row in dataset.X.tolist()]


@pytest.mark.parametrize("by_name", [False, True])
def test_one_by_one(
    server: RunningServer, example_dataset: Dataset, expected: list[dict[str, Any]], by_name: bool
) -> None:
    with requests.Session() as session:
        rows = write_rows(example_dataset, by_name)
        answers = [session.post(f"{server.url}/predict", json={"features": row}, timeout=60).json() for row in rows]
    assert answers == expected


@pytest.mark.parametrize("by_name", [False, True])
def test_in_batches(
    server: RunningServer, example_dataset: Dataset, expected: list[dict[str, Any]], by_name: bool
) -> None:
    rows = write_rows(example_dataset, by_name)
    answers: list[dict[str, Any]] = []
    for start in range(0, len(rows), MAX_BATCH_SIZE):
        batch = {"instances": rows[start : start + MAX_BATCH_SIZE]}
        answer = requests.post(f"{server.url}/predict/batch", json=batch, timeout=60).json()
        assert answer["n_instances"] == len(batch["instances"])
        answers += answer["predictions"]
    assert answers == expected
