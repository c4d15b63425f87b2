from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

from app import create_app
from app.settings import Settings
from app.web.service import serve_model
from tests.support.published_models import load_iris_dataset, publish_model
from training.dataset import Dataset


@pytest.fixture(scope="module")
def logarithmic_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Return an application whose model can compute with no number below -1."""
    preprocessor = FunctionTransformer(np.log1p)
    folder = tmp_path_factory.mktemp("logarithmic")
    app = create_app(Settings())
    serve_model(app, publish_model(folder, "v1", load_iris_dataset(), LogisticRegression(), preprocessor))
    return app


def test_answers_with_the_shape_of_the_contract(client: FlaskClient, example_dataset: Dataset) -> None:
    answer = client.post("/predict", json={"features": example_dataset.X[0].tolist()})
    assert answer.status_code == 200
    assert answer.json == {
        "label": 0,
        "class": "malignant",
        "probabilities": {"class_0": 0.999669, "class_1": 0.000331},
        "model_version": "example",
        "n_features_in": 30,
    }


@pytest.mark.parametrize("path", ["/predict", "/predict/"])
def test_answers_with_and_without_a_slash_at_the_end(client: FlaskClient, example_dataset: Dataset, path: str) -> None:
    assert client.post(path, json={"features": example_dataset.X[0].tolist()}).status_code == 200


def test_a_batch_by_name_and_by_position_is_answered_in_its_order(
    client: FlaskClient, example_dataset: Dataset
) -> None:
    rows = example_dataset.X[[0, 20]].tolist()
    named = dict(reversed(list(zip(example_dataset.feature_names, rows[0], strict=True))))
    answer: Any = client.post("/predict/batch", json={"instances": [rows[1], named]}).json
    assert [prediction["label"] for prediction in answer["predictions"]] == [1, 0]
    assert (answer["n_instances"], answer["model_version"]) == (2, "example")


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/predict", {"features": [5, 3, 1, -2]}, "#/features"),
        ("/predict/batch", {"instances": [[5, 3, 1, 0], [5, 3, 1, -2]]}, "#/instances/1"),
    ],
)
def test_names_the_row_that_the_model_cannot_compute(
    logarithmic_app: Flask, path: str, body: Any, pointer: str
) -> None:
    answer = logarithmic_app.test_client().post(path, json=body)
    assert answer.status_code == 422 and answer.json is not None
    assert answer.json["errors"] == [
        {"pointer": pointer, "message": "holds numbers that the model cannot compute with"}
    ]
