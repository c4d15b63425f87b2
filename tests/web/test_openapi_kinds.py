"""The document of each task and kind of column, held against what the service really accepts and answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from sklearn.dummy import DummyClassifier

from app import create_app
from app.settings import Settings
from app.web.service import serve_model
from tests.support.small_models import SMALL_MODELS, SmallModel, build_model, get_small_model


def serve(small: SmallModel) -> FlaskClient:
    """Return a client of a service that serves the model."""
    app = create_app(Settings())
    serve_model(app, small.artifact)
    return app.test_client()


def is_valid(document: Any, name: str, value: Any) -> bool:
    """Return whether `value` is of the schema of that name."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return Draft202012Validator(schema, format_checker=FormatChecker()).is_valid(value)


@pytest.fixture(scope="module", params=SMALL_MODELS)
def small(request: pytest.FixtureRequest) -> SmallModel:
    """Return each of the small models in turn."""
    return get_small_model(request.param)


@pytest.fixture(scope="module")
def client(small: SmallModel) -> FlaskClient:
    """Return a client of the model."""
    return serve(small)


@pytest.fixture(scope="module")
def document(client: FlaskClient) -> Any:
    """Return the document of the model."""
    return client.get("/openapi.json").json


def test_is_valid_openapi(document: Any) -> None:
    validate(document)


def test_every_row_is_of_the_schema_and_answered_by_it(client: FlaskClient, document: Any, small: SmallModel) -> None:
    names = small.artifact.metadata.feature_names
    for rows in (small.rows, [dict(zip(names, row, strict=True)) for row in small.rows]):
        body = {"instances": rows}
        assert is_valid(document, "BatchRequest", body)
        answered = client.post("/predict/batch", json=body)
        assert is_valid(document, "BatchPrediction", answered.json)
    assert is_valid(document, "Prediction", client.post("/predict", json={"features": small.rows[0]}).json)


@pytest.mark.parametrize(("path", "name"), [("/model", "Model"), ("/model/drift", "Drift")])
def test_what_is_said_of_the_model_is_of_its_schema(client: FlaskClient, document: Any, path: str, name: str) -> None:
    assert is_valid(document, name, client.get(path).json)


@pytest.mark.parametrize(("path", "name"), [("/model", "Model"), ("/model/drift", "Drift")])
def test_examples_of_what_is_said_are_of_their_schema(document: Any, path: str, name: str) -> None:
    example = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    assert is_valid(document, name, example)


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
@pytest.mark.parametrize("name", ["by_position", "by_name"])
def test_examples_are_true(client: FlaskClient, document: Any, path: str, name: str) -> None:
    operation = document["paths"][path]["post"]
    example = operation["requestBody"]["content"]["application/json"]["examples"][name]["value"]
    answer = operation["responses"]["200"]["content"]["application/json"]["example"]
    assert client.post(path, json=example).json == answer


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, 39.5),
        (0, None),
        (0, True),
        (1, "50"),
        (1, None),
        (2, "Paris"),
        (2, None),
        (2, 7),
        (3, 1),
        (3, None),
        (4, "yesterday"),
        (4, "2020-02-30"),
        (4, "2020-02-29"),
        (4, None),
        (5, ""),
        (5, 5),
    ],
)
def test_the_schema_accepts_just_what_the_service_accepts(place: int, value: Any) -> None:
    mixed = get_small_model("mixed")
    client = serve(mixed)
    row = [30, 50.0, "Rome", True, "2020-01-01T12:00:00Z", "text"]
    row[place] = value
    body = {"features": row}
    status = client.post("/predict", json=body).status_code
    assert is_valid(client.get("/openapi.json").json, "PredictRequest", body) == (status == 200)


def test_a_table_of_mixed_kinds_says_what_stands_at_each_position() -> None:
    document = serve(get_small_model("mixed")).get("/openapi.json").json
    assert document is not None
    by_position, by_name = document["components"]["schemas"]["PredictRequest"]["properties"]["features"]["oneOf"]
    assert [each["type"] for each in by_position["prefixItems"]] == [
        "integer",
        ["number", "null"],
        ["string", "null"],
        "boolean",
        "string",
        "string",
    ]
    assert (by_position["maxItems"], list(by_name["properties"].values())) == (6, by_position["prefixItems"])


def build_wide(n_columns: int) -> SmallModel:
    """Return a model of so many columns of numbers."""
    X = np.random.default_rng(0).normal(size=(6, n_columns))
    names = [f"column number {number:07}" for number in range(n_columns)]
    return build_model(DummyClassifier(), X, np.arange(6) % 2, "classification", names=names)


@pytest.mark.parametrize(("n_columns", "n_bytes"), [(1000, 300_000), (3000, 900_000)])
def test_the_document_of_a_wide_table_is_short(n_columns: int, n_bytes: int) -> None:
    assert len(serve(build_wide(n_columns)).get("/openapi.json").data) < n_bytes


def test_columns_of_a_wide_table_share_what_is_said_of_a_value() -> None:
    wide = build_wide(101)
    client = serve(wide)
    document: Any = client.get("/openapi.json").json
    validate(document)
    by_position, by_name = document["components"]["schemas"]["Instance"]["oneOf"]
    assert by_position["items"] == {"$ref": "#/components/schemas/NumberValue"}
    assert (list(by_name["properties"]), by_name["required"]) == (wide.artifact.metadata.feature_names,) * 2
    assert by_position["description"].endswith("column number 0000009 and 91 more.")
    for row in (wide.rows[0], wide.rows[0][:-1], [*wide.rows[0][:-1], "1"], dict.fromkeys(by_name["required"], 0)):
        status = client.post("/predict", json={"features": row}).status_code
        assert is_valid(document, "PredictRequest", {"features": row}) == (status == 200)


def test_examples_of_a_wide_table_tell_of_a_few_features_and_say_so() -> None:
    client = serve(build_wide(101))
    document: Any = client.get("/openapi.json").json
    for path, name in (("/model", "Model"), ("/model/drift", "Drift")):
        content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        (example,) = content["examples"].values()
        assert ("example" in content, example["summary"]) == (False, "The first 5 of 101 features")
        assert is_valid(document, name, example["value"])
    request = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert list(request["examples"]) == ["by_position"]
    assert client.post("/predict", json=request["examples"]["by_position"]["value"]).status_code == 200
    assert "examples" not in document["paths"]["/predict/batch"]["post"]["requestBody"]["content"]["application/json"]


def test_columns_of_a_wide_table_of_mixed_kinds_share_by_kind() -> None:
    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {f"n{number}": rng.normal(size=9) for number in range(60)}
    columns |= {f"c{number}": rng.permutation(["a", "b", "c"] * 3) for number in range(30)}
    columns |= {f"d{number}": rng.permutation(["x", "y", "z"] * 3) for number in range(30)}
    columns |= {"once": rng.permutation([True, False, True] * 3)}
    mixed = build_model(DummyClassifier(), pd.DataFrame(columns), np.arange(9) % 2, "classification")
    document: Any = serve(mixed).get("/openapi.json").json
    validate(document)
    schemas = document["components"]["schemas"]
    by_position, by_name = schemas["Instance"]["oneOf"]
    assert [by_position["prefixItems"][place] for place in (0, 60, 90, 120)] == [
        {"$ref": "#/components/schemas/NumberValue"},
        {"$ref": "#/components/schemas/CategoryValue"},
        {"$ref": "#/components/schemas/CategoryValue"},
        {"type": "boolean"},
    ]
    assert (schemas["CategoryValue"], len(by_name["properties"])) == ({"type": "string"}, 121)


def test_a_hundred_columns_are_described_in_full() -> None:
    document: Any = serve(build_wide(100)).get("/openapi.json").json
    assert "Instance" not in document["components"]["schemas"]
    assert list(document["paths"]["/model"]["get"]["responses"]["200"]["content"]["application/json"]) == [
        "schema",
        "example",
    ]
