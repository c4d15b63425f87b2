from __future__ import annotations

import dataclasses

from flask import Flask
from flask.testing import FlaskClient

from app.artifacts import Artifact, VersionMismatch
from app.serving import load_model


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
    load_model(unloaded_app, dataclasses.replace(example_artifact, is_signature_verified=True))
    answer = unloaded_app.test_client().get("/model").json
    assert answer is not None and answer["signature_verified"] is True


def test_model_tells_of_another_scikit_learn(unloaded_app: Flask, example_artifact: Artifact) -> None:
    mismatch = VersionMismatch("example", "1.0.2", "1.7.2")
    load_model(unloaded_app, dataclasses.replace(example_artifact, version_mismatch=mismatch))
    answer = unloaded_app.test_client().get("/model").json
    assert answer is not None
    assert answer["version_mismatch"] == {"trained_with": "1.0.2", "served_with": "1.7.2"}
