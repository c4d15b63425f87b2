"""Query parameters of predictions: one is known, and no other is passed over in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from app.artifacts import Artifact

PATHS = ["/predict", "/predict/batch"]


def ask(client: FlaskClient, artifact: Artifact, path: str, query: str) -> Any:
    rows = artifact.golden.list_instances()[:2]
    body = {"features": rows[0]} if path == "/predict" else {"instances": rows}
    return client.post(f"{path}?{query}", json=body)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("digits", [1, 6, 16, 17])
def test_probabilities_have_as_many_decimals_as_are_asked_for(
    client: FlaskClient, example_artifact: Artifact, path: str, digits: int
) -> None:
    answer = ask(client, example_artifact, path, f"digits={digits}")
    first = answer.json if path == "/predict" else answer.json["predictions"][0]
    exact = example_artifact.golden.probabilities[0]
    expected = exact if digits == 17 else np.round(exact, digits)
    assert list(first["probabilities"].values()) == expected.tolist()


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("threshold=0.3", "The query parameter 'threshold' is unknown; there is 'digits'."),
        ("digits=3&debug", "The query parameter 'debug' is unknown; there is 'digits'."),
        ("Digits=3", "The query parameter 'Digits' is unknown; there is 'digits'."),
        (f"{'x' * 200}=1", "The query parameter of 200 characters is unknown; there is 'digits'."),
        ("%00=1", "The query parameter of 1 character is unknown; there is 'digits'."),
        ("digits=3&digits=3", "The query parameter 'digits' is given more than once."),
        *(
            (f"digits={text}", "The query parameter 'digits' must be a whole number from 1 to 17.")
            for text in ("", "0", "18", "-1", "1.5", "6e0", "%D9%A3", "007", "abc")
        ),
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_refuses_any_other_parameter_by_its_name(
    client: FlaskClient, example_artifact: Artifact, path: str, query: str, detail: str
) -> None:
    answer = ask(client, example_artifact, path, query)
    assert (answer.status_code, answer.json["detail"]) == (422, detail)
    assert answer.content_type == "application/problem+json"


def test_the_document_shows_the_parameter(client: FlaskClient) -> None:
    paths: Any = client.get("/openapi.json").json
    for path in PATHS:
        queries = [each for each in paths["paths"][path]["post"]["parameters"] if each["in"] == "query"]
        assert [(each["name"], each["schema"]["default"]) for each in queries] == [("digits", 6)]
