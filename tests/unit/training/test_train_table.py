from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient
from sklearn.pipeline import Pipeline

from app import create_app
from app.artifacts import CURRENT_LINK, Artifact, read_artifact, read_link
from app.settings import Settings
from app.tables.table_files import read_table
from app.web.service import serve_model
from tests.support.depth import repeats
from tests.support.running_server import ROOT
from training.train import main

SPECIES = ["Adelie", "Chinstrap", "Gentoo"]
ISLANDS = ["Biscoe", "Dream", "Torgersen"]


def write_penguins(path: Path, n_rows: int = 150) -> None:
    """Write a table of three classes, with a column of each kind and gaps in most."""
    rng = np.random.default_rng(5)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["species", "island", "bill mm", "mass", "tagged", "seen", "note"])
        for number in range(n_rows):
            kind = int(rng.integers(3))
            writer.writerow(
                [
                    SPECIES[kind],
                    ISLANDS[int(rng.integers(3))] if number % 3 else ISLANDS[kind],
                    "" if number % 17 == 0 else f"{38 + 5 * kind + rng.normal() * 2:.1f}",
                    "NA" if number % 13 == 0 else int(3500 + 400 * kind + rng.normal() * 200),
                    "" if number % 11 == 0 else ["true", "false"][int(rng.integers(2))],
                    "" if number % 19 == 0 else f"2007-{rng.integers(1, 13):02d}-{rng.integers(1, 28):02d}",
                    "" if number % 23 == 0 else f"seen near {ISLANDS[int(rng.integers(3))]}, number {number}",
                ]
            )


class Trained(NamedTuple):
    """What the command said, what it published, and who answers for that."""

    finished: subprocess.CompletedProcess[str]
    table: Path
    artifact: Artifact
    client: FlaskClient


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Train on a table by the real command, and serve what it publishes."""
    folder = tmp_path_factory.mktemp("table")
    table, artifacts = folder / "penguins.csv", folder / "artifacts"
    write_penguins(table)
    command = [sys.executable, "-m", "training.train", "--data", str(table), "--target", "species"]
    environment = os.environ | {"ARTIFACT_DIR": str(artifacts)}
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    artifact = read_artifact(artifacts)
    app = create_app(Settings(artifact_dir=artifacts))
    serve_model(app, artifact)
    return Trained(finished, table, artifact, app.test_client())


def list_requests(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as a client would send them."""
    return [
        {name: _to_json(value) for name, value in row.items()}
        for row in frame.astype(object).where(frame.notna(), None).to_dict(orient="records")
    ]


def _to_json(value: Any) -> Any:
    return value.strftime("%Y-%m-%d") if isinstance(value, pd.Timestamp) else value


def test_shows_what_the_columns_are_taken_for(trained: Trained) -> None:
    shown = trained.finished.stdout
    assert [line.split()[:3] for line in shown.splitlines()[1:4]] == [
        ["species", "(target)", "category"], ["island", "category", "-"], ["bill", "mm", "number"]
    ]  # fmt: skip
    assert "Classification, as 'species' has 3 classes." in shown
    assert "Warning: The rows have a time, 'seen', and are split by chance" in shown
    assert "The model: " in shown
    assert shown.endswith("Serve it: make run. A server that runs already takes it over with: make reload.\n")


def test_publishes_the_kinds_of_the_columns(trained: Trained) -> None:
    metadata = trained.artifact.metadata
    assert [(column["name"], column["kind"], column["missing"]) for column in metadata.columns] == [
        ("island", "category", False),
        ("bill mm", "number", True),
        ("mass", "integer", True),
        ("tagged", "boolean", True),
        ("seen", "date-time", True),
        ("note", "text", True),
    ]
    assert (metadata.dataset, metadata.classes, metadata.task) == ("penguins.csv", SPECIES, "classification")


def test_is_served_with_the_answers_of_the_pipeline_bit_for_bit(trained: Trained) -> None:
    preprocessor, estimator = trained.artifact.unpickle()
    pipeline = Pipeline([("preprocessor", preprocessor), ("estimator", estimator)])
    frame = read_table(trained.table).frame.drop(columns="species")
    rows = list_requests(frame)
    for place in range(0, len(rows), len(rows) // repeats(15, 150)):
        answered = trained.client.post("/predict?digits=17", json={"features": rows[place]}).json
        assert answered is not None
        alone = frame.iloc[place : place + 1]
        assert list(answered["probabilities"].values()) == pipeline.predict_proba(alone)[0].tolist()
        assert answered["class"] == pipeline.predict(alone)[0]


def test_is_served_in_batches_with_the_same_answers(trained: Trained) -> None:
    rows = list_requests(read_table(trained.table).frame.drop(columns="species"))[: repeats(12, 150)]
    together = trained.client.post("/predict/batch?digits=17", json={"instances": rows}).json
    assert together is not None
    for row, answered in zip(rows, together["predictions"], strict=True):
        alone = trained.client.post("/predict?digits=17", json={"features": row}).json
        assert alone is not None
        assert alone["probabilities"] == answered["probabilities"]


def test_trains_on_numbers_alone_as_an_array(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "houses.csv"
    lines = [f"{area:.1f},{rooms},{area * 3 + rooms:.2f}" for area, rooms in zip(
        rng.uniform(20, 200, 80), rng.integers(1, 6, 80), strict=True
    )]  # fmt: skip
    path.write_text("\n".join(["area,rooms,price", *lines]))
    main(["--data", str(path), "--target", "price", "--artifact-dir", str(tmp_path / "artifacts")])
    metadata = read_artifact(tmp_path / "artifacts").metadata
    assert (metadata.container, metadata.task, metadata.targets) == ("array", "regression", ["price"])
    assert [column["kind"] for column in metadata.columns] == ["number", "integer"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--target", "specie"], "penguins.csv has no column 'specie': is it 'species'?"),
        ([], "Say which column is to be learnt: --target COLUMN, or TARGET=COLUMN for make."),
        (["--target", "species", "--task", "regression"],
         "The target 'species' holds no numbers, which regression learns."),
        (["--target", "species", "--min", "r2=0.5"],
         "Nothing was trained: --min r2=0.5 names no metric of classification."),
        (["--target", "species", "--estimator", "nothing:build"],
         "There is no module 'nothing', which 'nothing:build' needs"),
        (["--target", "species", "--estimator", "sklearn.linear_model:Ridge"],
         "The target 'species' holds no numbers, which regression learns."),
        (["--target", "species", "--estimator", "sklearn.cluster:KMeans"],
         "'sklearn.cluster:KMeans' is for the task cluster: publish it with training.publish."),
    ],
)  # fmt: skip
def test_refuses_before_anything_is_fitted(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    path = tmp_path / "penguins.csv"
    write_penguins(path, 30)
    artifacts = tmp_path / "artifacts"
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(path), "--artifact-dir", str(artifacts), *arguments])
    assert str(stopped.value.code).startswith(sentence)
    assert read_link(artifacts, CURRENT_LINK) is None
