"""Nothing assumes 30 features, two classes or gradient boosting: other models serve without a line changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from openapi_spec_validator import validate
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

from tests.support.published_models import load_iris_dataset, publish_model
from tests.support.running_server import run_server
from training.dataset import load_dataset

MODELS = {
    "iris-logistic-regression": (load_iris_dataset, LogisticRegression(), None),
    "iris-random-forest": (load_iris_dataset, RandomForestClassifier(20, random_state=0), PCA(3, random_state=0)),
    "iris-untransformed": (load_iris_dataset, LogisticRegression(max_iter=1000), FunctionTransformer()),
    "cancer-random-forest": (load_dataset, RandomForestClassifier(20, random_state=0), None),
    "cancer-hist-gradient-boosting": (load_dataset, HistGradientBoostingClassifier(max_iter=20), None),
}


@pytest.mark.parametrize("name", MODELS)
def test_serves_it(tmp_path: Path, name: str) -> None:
    load, estimator, preprocessor = MODELS[name]
    dataset = load()
    artifact = publish_model(tmp_path / "artifacts", name, dataset, estimator, preprocessor)
    fitted_preprocessor, fitted_estimator = artifact.unpickle()
    transformed = fitted_preprocessor.transform(dataset.X)
    expected: list[Any] = np.round(fitted_estimator.predict_proba(transformed), 6).tolist()

    with run_server(tmp_path / "artifacts", tmp_path, MAX_BATCH_SIZE="1000") as server:
        batch = {"instances": dataset.X.tolist()}
        answer = requests.post(f"{server.url}/predict/batch", json=batch, timeout=60).json()
        document = requests.get(f"{server.url}/openapi.json", timeout=60).json()

    assert [prediction["label"] for prediction in answer["predictions"]] == fitted_estimator.predict(
        transformed
    ).tolist()
    assert [list(prediction["probabilities"].values()) for prediction in answer["predictions"]] == expected
    assert list(document["components"]["schemas"]["Probabilities"]["properties"]) == [
        f"class_{index}" for index in range(len(dataset.classes))
    ]
    validate(document)
