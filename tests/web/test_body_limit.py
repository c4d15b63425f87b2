"""How long a body may be: what MAX_BATCH_SIZE promises is not taken back by another limit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from sklearn.linear_model import LogisticRegression

from app import create_app
from app.artifacts import Artifact
from app.columns.number import NumberColumn
from app.settings import Settings
from app.web.bodies.limit import choose_max_body_bytes
from app.web.service import serve_model
from tests.support.published_models import publish_model
from training.dataset import Dataset

MIB = 1024 * 1024
N_COLUMNS, N_ROWS = 200, 512
NAMES = [f"größe {number}" for number in range(N_COLUMNS)]
LONGEST_NUMBER = -2.2250738585072014e-308


@pytest.fixture(scope="module")
def wide_artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """Return the artifact of a model of 200 features."""
    X = np.random.default_rng(1).normal(size=(60, N_COLUMNS))
    dataset = Dataset("wide", X, (X[:, 0] > 0).astype(np.int64), NAMES, classes=["no", "yes"])
    folder: Path = tmp_path_factory.mktemp("wide")
    return publish_model(folder, "wide", dataset, LogisticRegression())


def build_app(artifact: Artifact, **settings: Any) -> Flask:
    app = create_app(Settings(**settings))
    serve_model(app, artifact)
    return app


def read_documented_detail(app: Flask) -> str:
    """Return what the document's example says of a body that is too long."""
    document: Any = app.test_client().get("/openapi.json").json
    content = document["components"]["responses"]["Problem413"]["content"]
    detail: str = content["application/problem+json"]["example"]["detail"]
    return detail


@pytest.mark.parametrize("row", [[LONGEST_NUMBER] * N_COLUMNS, dict.fromkeys(NAMES, LONGEST_NUMBER)])
def test_a_full_batch_of_the_longest_numbers_is_answered(wide_artifact: Artifact, row: Any) -> None:
    body = json.dumps({"instances": [row] * N_ROWS})
    assert len(body) > 2 * MIB
    answer = build_app(wide_artifact).test_client().post("/predict/batch", data=body, content_type="application/json")
    assert (answer.status_code, len(answer.json["predictions"])) == (200, N_ROWS)  # type: ignore[index]


@pytest.mark.parametrize(
    ("n_columns", "max_batch_size", "n_mib"),
    [(1, 1, 2), (30, 512, 2), (113, 512, 2), (114, 512, 3), (200, 512, 4), (5000, 512, 64), (30, 1_000_000, 64)],
)
def test_the_limit_grows_with_columns_and_rows_and_has_bounds(n_columns: int, max_batch_size: int, n_mib: int) -> None:
    names = [f"x{number:05}" for number in range(n_columns)]  # 36 bytes with their number
    assert choose_max_body_bytes([NumberColumn(name) for name in names], max_batch_size) == n_mib * MIB


def test_a_longer_name_counts_as_it_is_sent() -> None:
    ascii_name, escaped = ([NumberColumn(name)] for name in ("e" * 6000, "é" * 1000))
    assert choose_max_body_bytes(escaped, 512) == choose_max_body_bytes(ascii_name, 512) == 3 * MIB


@pytest.mark.parametrize(("settings", "limit"), [({}, 5 * MIB), ({"max_body_bytes": 1000}, 1000)])
def test_a_longer_body_is_refused_with_the_limit_that_the_document_shows(
    wide_artifact: Artifact, settings: dict[str, int], limit: int
) -> None:
    app = build_app(wide_artifact, **settings)
    answer = app.test_client().post("/predict", data=b" " * (limit + 1), content_type="application/json")
    assert answer.status_code == 413 and answer.json is not None
    assert answer.json["detail"] == f"The body is longer than {limit} bytes; send fewer instances at a time."
    assert read_documented_detail(app) == answer.json["detail"]
