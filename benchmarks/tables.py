"""Measures what a row of texts, categories and numbers costs, and where: `python -m benchmarks.tables`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from app import create_app
from app.engines.inputs import choose_input
from app.settings import Settings
from app.web.bodies.json_text import parse_json
from app.web.service import serve_model
from benchmarks.timing import Step, measure_in_turn, print_medians
from tests.support.described_models import publish_fitted

N_ROWS = 500
N_TEXTS, N_NUMBERS = 5, 10
BATCH_SIZE = 512


def main() -> None:
    """Train a model on a table of five columns of texts and ten of numbers, measure, print."""
    for n_instances in (1, BATCH_SIZE):
        with tempfile.TemporaryDirectory() as name:
            steps = _list_steps(Path(name), n_instances)
        title = f"{n_instances} × ({N_TEXTS} texts, {N_NUMBERS} numbers), microseconds"
        print_medians(title, measure_in_turn(steps), 1e6)


def _make_table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    texts = {f"text {place}": random.choice(np.array(["a", "b", "c", "d"]), N_ROWS) for place in range(N_TEXTS)}
    numbers = {f"number {place}": random.normal(size=N_ROWS) for place in range(N_NUMBERS)}
    return pd.DataFrame({**texts, **numbers})


def _list_steps(folder: Path, n_instances: int) -> dict[str, Step]:
    X = _make_table()
    texts, numbers = list(X.columns[:N_TEXTS]), list(X.columns[N_TEXTS:])
    columns = make_column_transformer((OneHotEncoder(), texts), (StandardScaler(), numbers))
    model = make_pipeline(columns, LogisticRegression()).fit(X, X["number 0"] > 0)
    artifact = publish_fitted(folder, model, "classification", X)
    app = create_app(Settings())
    served = serve_model(app, artifact)
    preprocessor, estimator = artifact.unpickle()
    golden = artifact.golden.list_instances()
    body = orjson.dumps({"instances": [golden[place % len(golden)] for place in range(n_instances)]})
    document = parse_json(body)
    rows = served.batch_schema.parse(document)["instances"]
    build_input = choose_input("frame", artifact.metadata.parse_columns())
    frame: Any = build_input(rows)
    transformed = preprocessor.transform(frame)
    answers = served.model.answer(rows)
    client = app.test_client()
    return {
        "parse": lambda: parse_json(body),
        "validate": lambda: served.batch_schema.parse(document),
        "build the frame": lambda: build_input(rows),
        "transform": lambda: preprocessor.transform(frame),
        "estimator, one pass": lambda: estimator.predict_proba(transformed),
        "model (all three)": lambda: served.model.answer(rows),
        "encode for drift": lambda: served.model.columns.encode(rows),
        "encode": lambda: orjson.dumps(served.model.to_json(answers)),
        "whole request, without sockets": lambda: client.post(
            "/predict/batch", data=body, content_type="application/json"
        ),
    }


if __name__ == "__main__":
    main()
