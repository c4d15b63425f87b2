"""Models and tables of every kind behind the real server: each answer is the estimator's own, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from app.artifacts import Metadata, read_metadata
from app.columns.kinds import build_table
from app.engines.passes import PASS_ROWS
from app.outputs.output import MOST_DECIMALS
from app.server.control import reload_server
from app.tables.rows import take, to_rows
from tests.support.depth import IS_LONG, repeats
from tests.support.model_zoo import EXHIBITS, LARGE_EXHIBITS, Exhibit, publish_exhibit
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server, wait_until

N_ROWS = repeats(30, 1000)
BATCH_SIZE = 512

Lasting = tuple[RunningServer, Path]


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lasting]:
    """Run one server, which changes its model for each test."""
    folder = tmp_path_factory.mktemp("own")
    publish_exhibit(folder / "artifacts", "first", EXHIBITS["wine"]())
    with run_server(folder / "artifacts", folder, WEB_CONCURRENCY="1") as server:
        yield server, folder / "artifacts"


def serve(lasting: Lasting, name: str) -> tuple[Exhibit, Metadata]:
    """Have the server serve an exhibit, and return that with its metadata."""
    server, artifact_dir = lasting
    exhibit = (EXHIBITS | LARGE_EXHIBITS)[name]()
    publish_exhibit(artifact_dir, name, exhibit)
    assert reload_server(f"127.0.0.1:{server.port}", DEADLINE_SECONDS).version == name
    wait_until(lambda: len(server.list_workers()) == 1, "that the old worker has left")
    return exhibit, read_metadata(artifact_dir, name)


def expect(exhibit: Exhibit, metadata: Metadata, X: Any) -> list[dict[str, Any]]:
    """Return what the estimator itself answers for all rows of `X` at once."""
    model = exhibit.model
    predicted = np.asarray(model.predict(X))
    if metadata.task == "regression":
        values = predicted.reshape(len(predicted), -1).tolist()
        if len(metadata.targets) == 1:
            return [{"value": value} for (value,) in values]
        return [{"values": dict(zip(metadata.targets, row, strict=True))} for row in values]
    if metadata.task == "outlier":
        names = {-1: "outlier", 1: "inlier"}
        scores = model.decision_function(X).tolist()
        return [
            {"label": label, "class": names[label], "score": score}
            for label, score in zip(predicted.tolist(), scores, strict=True)
        ]
    if metadata.task == "cluster":
        return [{"label": label} for label in predicted.tolist()]
    if metadata.task == "classification":
        return expect_classes(model, metadata, X, predicted)
    shares = model.predict_proba(X)
    return [
        expect_targets(metadata, labels, [of_target[row].tolist() for of_target in shares])
        for row, labels in enumerate(predicted.tolist())
    ]


def expect_classes(model: Any, metadata: Metadata, X: Any, predicted: Any) -> list[dict[str, Any]]:
    own = model.classes_.tolist()
    rows = [{"label": own.index(value), "class": metadata.classes[own.index(value)]} for value in predicted.tolist()]
    for name, method in (("probabilities", "predict_proba"), ("scores", "decision_function")):
        if name in metadata.answers:
            numbers = getattr(model, method)(X)
            numbers = np.column_stack([-numbers, numbers]) if numbers.ndim == 1 else numbers
            for row, of_classes in zip(rows, numbers.tolist(), strict=True):
                row[name] = {f"class_{index}": number for index, number in enumerate(of_classes)}
    return rows


def expect_targets(metadata: Metadata, labels: list[int], shares: list[list[float]]) -> dict[str, Any]:
    named = dict(zip(metadata.targets, labels, strict=True))
    if metadata.task == "multilabel":
        return {"labels": named, "probabilities": {name: of[1] for name, of in zip(named, shares, strict=True)}}
    return {
        "labels": named,
        "classes": named,
        "probabilities": {
            name: {f"class_{index}": share for index, share in enumerate(of)}
            for name, of in zip(named, shares, strict=True)
        },
    }


def strip(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in {"model_version", "n_features_in"}}


@pytest.mark.parametrize("name", [*EXHIBITS, *(LARGE_EXHIBITS if IS_LONG else ())])
def test_answers_as_the_estimator_itself(lasting: Lasting, name: str) -> None:
    exhibit, metadata = serve(lasting, name)
    X = take(exhibit.X, np.random.default_rng(0).integers(0, len(exhibit.X), N_ROWS))
    columns = metadata.parse_columns()
    rows = build_table(columns).to_json(to_rows(X, columns))
    url, digits = lasting[0].url, {"digits": str(MOST_DECIMALS)}
    with requests.Session() as session:
        document = session.get(f"{url}/openapi.json", timeout=60).json()
        alone = [
            session.post(f"{url}/predict", params=digits, json={"features": row}, timeout=60).json() for row in rows
        ]
        named = [
            session.post(
                f"{url}/predict", params=digits, json={"features": dict(zip(metadata.feature_names, row, strict=True))}
            ).json()
            for row in rows
        ]
        together: list[Any] = []
        for start in range(0, len(rows), BATCH_SIZE):
            batch = {"instances": rows[start : start + BATCH_SIZE]}
            answer = session.post(f"{url}/predict/batch", params=digits, json=batch, timeout=60).json()
            together += answer["predictions"]

    # In passes of one size, whatever was asked for: linear algebra rounds otherwise for other sizes.
    places = np.minimum(np.arange(-(-N_ROWS // PASS_ROWS) * PASS_ROWS), N_ROWS - 1)
    passes = np.split(places, len(places) // PASS_ROWS)
    expected = [each for part in passes for each in expect(exhibit, metadata, take(X, part))][:N_ROWS]
    assert list(map(strip, alone)) == expected
    assert list(map(strip, named)) == expected
    assert list(map(strip, together)) == expected
    validate(document)
    check_answers(document, [*alone, *together])


def check_answers(document: dict[str, Any], answers: list[Any]) -> None:
    """Check that each answer is what the OpenAPI document says."""
    schemas = document["components"]["schemas"]
    validator = Draft202012Validator({**schemas["Prediction"], "components": {"schemas": schemas}})
    assert [error.message for answer in answers for error in validator.iter_errors(answer)] == []
