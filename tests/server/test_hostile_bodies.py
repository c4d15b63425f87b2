"""Bodies that no honest client sends: each is answered as documented, and no worker is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.artifacts import Artifact
from app.openapi.document import build_document
from app.web.service import get_service
from tests.support.depth import repeats
from tests.support.raw_http import post, send
from tests.support.running_server import RunningServer
from training.dataset import Dataset

DOCUMENTED_STATUSES = {200, 400, 413, 415, 422}
PATHS = ["/predict", "/predict/batch"]


def build_hostile_bodies(row: list[float]) -> dict[str, tuple[bytes, int]]:
    """Return hostile bodies by name, each with the status that answers it."""
    right = json.dumps({"features": row})
    first = json.dumps(row[0])
    replacements: dict[str, tuple[str, int]] = {
        "NaN": ("NaN", 422),
        "Infinity": ("-Infinity", 422),
        "1e999": ("1e999", 422),
        "400 digits": ("9" * 400, 422),
        "a million digits": ("9" * 1_000_000, 422),
        "boolean": ("true", 422),
        "numeric string": ('"17.99"', 422),
        "underscored string": ('"1_000"', 422),
        "full-width digits": ('"１７"', 422),
        "null": ("null", 422),
        "beyond float32": ("1e300", 422),
        "hexadecimal": ("0x10", 400),
        "leading zero": ("017", 400),
        "missing value": ("", 400),
    }
    bodies = {name: (right.replace(first, text, 1).encode(), code) for name, (text, code) in replacements.items()}
    return bodies | {
        "empty": (b"", 400),
        "spaces": (b"   ", 400),
        "NUL": (b"\x00", 400),
        "half": (right[: len(right) // 2].encode(), 400),
        "two documents": ((right + right).encode(), 400),
        "nested arrays": (b"[" * 50_000, 400),
        "nested objects": (b'{"a":' * 50_000, 400),
        "closed nesting": (b"[" * 50_000 + b"]" * 50_000, 400),
        "duplicate keys": (b'{"features":[1],' + right[1:].encode(), 422),
        "byte-order mark": (b"\xef\xbb\xbf" + right.encode(), 200),
        "UTF-16": (right.encode("utf-16"), 400),
        "UTF-16 without a mark": (right.encode("utf-16-be"), 400),
        "lone surrogate": (b'{"features":{"\\ud800":1}}', 422),
        "lone surrogate, raw": (b'{"features":{"\xed\xa0\x80":1}}', 400),
        "list for an object": (b"[1,2,3]", 422),
        "number for an object": (b"17", 422),
        "a hundred thousand keys": (json.dumps({str(key): key for key in range(100_000)}).encode(), 422),
        "one endless key": (b'{"' + b"k" * 1_000_000 + b'":1}', 422),
        "an underscore for a key": (b'{"_schema":1}', 422),
        "over the limit": (b" " * (2 * 1024 * 1024 + 1), 413),
    }


@pytest.fixture(scope="module")
def problem_schema(example_artifact: Artifact) -> Draft202012Validator:
    """Return the schema of errors, as the service itself documents it."""
    from app import create_app
    from app.settings import Settings
    from app.web.service import serve_model

    app = create_app(Settings())
    document = build_document(app, serve_model(app, example_artifact))
    schema = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    return Draft202012Validator(schema)


def test_every_hostile_body_is_answered_as_documented(
    server: RunningServer, example_dataset: Dataset, problem_schema: Draft202012Validator
) -> None:
    workers = server.list_workers()
    bodies = build_hostile_bodies(example_dataset.X[0].tolist())
    answers = {name: send(server, post("/predict", body)) for name, (body, _) in bodies.items()}
    assert {name: answer.status for name, answer in answers.items()} == {
        name: status for name, (_, status) in bodies.items()
    }
    for answer in answers.values():
        if answer.status != 200:
            problem_schema.validate(answer.json)
            assert len(answer.body) < 8192
    assert server.list_workers() == workers


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)
NEARLY_RIGHT = st.fixed_dictionaries(
    {},
    optional={
        "features": st.lists(st.floats() | st.integers() | JSON_VALUES, min_size=28, max_size=32) | JSON_VALUES,
        "instances": st.lists(st.lists(st.floats(), min_size=29, max_size=31) | JSON_VALUES) | JSON_VALUES,
    },
)
BODIES = st.binary() | (JSON_VALUES | NEARLY_RIGHT).map(lambda value: json.dumps(value).encode())


@settings(max_examples=repeats(100, 5000), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PATHS), body=BODIES)
def test_any_body_is_answered_as_documented(
    app: Flask, problem_schema: Draft202012Validator, path: str, body: bytes
) -> None:
    answer = app.test_client().post(path, data=body, content_type="application/json")
    assert answer.status_code in DOCUMENTED_STATUSES
    if answer.status_code != 200:
        problem_schema.validate(answer.json)


@settings(max_examples=repeats(50, 1000), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=30, max_size=30))
def test_any_row_of_finite_numbers_is_answered_or_refused_for_its_size(app: Flask, row: list[float]) -> None:
    answer = app.test_client().post("/predict", json={"features": row})
    problem: Any = answer.json
    messages = {error["message"] for error in problem.get("errors", [])}
    assert answer.status_code == 200 or messages == {"must be a number from -1e+34 to 1e+34"}


def test_the_callers_values_never_come_back(server: RunningServer) -> None:
    secret = "hunter2"
    body = {"features": [secret, {secret: secret}, [secret]], "instances": secret}
    answer = requests.post(f"{server.url}/predict", json=body, timeout=60)
    assert answer.status_code == 422 and secret not in answer.text
    assert get_service.__module__ not in answer.text
