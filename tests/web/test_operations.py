from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from app.artifacts import Artifact, VersionMismatch
from app.web.service import serve_model
from training.dataset import Dataset


def test_health_tells_the_model(client: FlaskClient) -> None:
    answer = client.get("/health").json
    assert answer is not None and answer.pop("uptime_seconds") >= 0
    assert answer == {"status": "ok", "model_loaded": True, "model_version": "example"}


def test_health_is_200_without_a_model(unloaded_app: Flask) -> None:
    answer = unloaded_app.test_client().get("/health")
    assert answer.status_code == 200 and answer.json is not None
    assert (answer.json["model_loaded"], answer.json["model_version"]) == (False, None)


def test_ready_with_a_model(client: FlaskClient) -> None:
    assert client.get("/ready").json == {"status": "ready"}


def test_model_is_the_artifacts_metadata_with_what_was_checked(client: FlaskClient, example_artifact: Artifact) -> None:
    assert client.get("/model").json == {
        **example_artifact.metadata.to_json(),
        "signature_verified": False,
        "version_mismatch": None,
    }


def test_model_tells_that_the_signature_is_verified(unloaded_app: Flask, example_artifact: Artifact) -> None:
    serve_model(unloaded_app, dataclasses.replace(example_artifact, is_signature_verified=True))
    answer = unloaded_app.test_client().get("/model").json
    assert answer is not None and answer["signature_verified"] is True


def test_model_tells_of_another_scikit_learn(unloaded_app: Flask, example_artifact: Artifact) -> None:
    mismatch = VersionMismatch("example", "1.0.2", "1.7.2")
    serve_model(unloaded_app, dataclasses.replace(example_artifact, version_mismatch=mismatch))
    answer = unloaded_app.test_client().get("/model").json
    assert answer is not None
    assert answer["version_mismatch"] == {"trained_with": "1.0.2", "served_with": "1.7.2"}


@pytest.mark.parametrize("n_instances", [0, 499, 600])
def test_drift_is_of_the_documented_schema(client: FlaskClient, example_dataset: Dataset, n_instances: int) -> None:
    X = np.resize(example_dataset.X, (n_instances, 30)) * 2
    for start in range(0, n_instances, 300):
        client.post("/predict/batch", json={"instances": X[start : start + 300].tolist()})
    answer = client.get("/model/drift").json
    build_drift_validator(client).validate(answer)
    assert answer is not None and answer["n_instances"] == n_instances
    assert bool(answer["drifted"]) == (n_instances >= 500)


def test_a_version_without_distributions_is_served_and_said_to_have_none(
    unloaded_app: Flask, example_artifact: Artifact, example_dataset: Dataset
) -> None:
    metadata = dataclasses.replace(example_artifact.metadata, feature_distributions={}, prediction_shares=[])
    serve_model(unloaded_app, dataclasses.replace(example_artifact, metadata=metadata))
    client = unloaded_app.test_client()
    assert client.post("/predict", json={"features": example_dataset.X[0].tolist()}).status_code == 200
    answer = client.get("/model/drift").json
    build_drift_validator(client).validate(answer)
    assert answer is not None
    assert answer["verdict"].startswith("This version does not know its training distributions")


def test_there_is_no_drift_without_a_model(unloaded_app: Flask) -> None:
    assert unloaded_app.test_client().get("/model/drift").status_code == 503


def build_drift_validator(client: FlaskClient) -> Draft202012Validator:
    """Return what holds an answer against the schema of drift that the service itself documents."""
    document = client.get("/openapi.json").json
    assert document is not None
    return Draft202012Validator({"$ref": "#/components/schemas/Drift", "components": document["components"]})
