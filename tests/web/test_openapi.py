from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from app import create_app
from app.artifacts import Artifact
from app.openapi.document import build_document
from app.settings import Settings
from app.web.service import serve_model

JSON_PATHS = ["/health", "/ready", "/model", "/model/drift"]


@pytest.fixture
def document(client: FlaskClient) -> Any:
    """Return the document of the example model."""
    return client.get("/openapi.json").json


def validate_against(document: Any, schema: Any, value: Any) -> None:
    """Raise unless `value` is of `schema`, whose references lead into `document`."""
    Draft202012Validator({**schema, "components": document["components"]}).validate(value)


def find_answer_schema(document: Any, path: str, method: str) -> Any:
    """Return the schema of the answer with status 200."""
    return document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]


def test_is_valid_openapi_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1.")
    validate(document)


def test_says_what_a_row_is(document: Any, example_artifact: Artifact) -> None:
    names = example_artifact.metadata.feature_names
    schema = document["components"]["schemas"]["PredictRequest"]
    by_position, by_name = schema["properties"]["features"]["oneOf"]
    assert schema["additionalProperties"] is False and schema["required"] == ["features"]
    assert (by_position["minItems"], by_position["maxItems"]) == (30, 30)
    assert list(by_name["properties"]) == by_name["required"] == names
    assert by_name["additionalProperties"] is False


def test_says_how_many_rows_a_batch_holds(example_artifact: Artifact) -> None:
    app = create_app(Settings(max_batch_size=7))
    document = build_document(app, serve_model(app, example_artifact))
    instances = document["components"]["schemas"]["BatchRequest"]["properties"]["instances"]
    assert (instances["minItems"], instances["maxItems"]) == (1, 7)


@pytest.mark.parametrize("path", JSON_PATHS)
def test_answers_are_of_the_documented_schema(client: FlaskClient, document: Any, path: str) -> None:
    validate_against(document, find_answer_schema(document, path, "get"), client.get(path).json)


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
@pytest.mark.parametrize("name", ["by_position", "by_name"])
def test_examples_are_true(client: FlaskClient, document: Any, path: str, name: str) -> None:
    operation = document["paths"][path]["post"]
    request = operation["requestBody"]["content"]["application/json"]
    answer = client.post(path, json=request["examples"][name]["value"]).json
    assert answer == operation["responses"]["200"]["content"]["application/json"]["example"]
    validate_against(document, request["schema"], request["examples"][name]["value"])
    validate_against(document, find_answer_schema(document, path, "post"), answer)


def test_every_error_has_its_shape_and_an_example(document: Any) -> None:
    for name, response in document["components"]["responses"].items():
        content = response["content"]["application/problem+json"]
        validate_against(document, content["schema"], content["example"])
        assert content["example"]["status"] == int(re.sub(r"\D", "", name))


def test_every_operation_documents_its_errors(document: Any) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            expected = {"400", "413", "415", "422", "500", "503"} if method == "post" else {"500"}
            assert expected <= operation["responses"].keys(), path


def test_a_three_class_model_has_its_own_document(unloaded_app: Flask, iris_artifact: Artifact) -> None:
    document = build_document(unloaded_app, serve_model(unloaded_app, iris_artifact))
    schemas = document["components"]["schemas"]
    assert list(schemas["Probabilities"]["properties"]) == ["class_0", "class_1", "class_2"]
    assert schemas["Prediction"]["properties"]["label"]["maximum"] == 2
    validate(document)
