from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from app import create_app
from app.artifacts import Artifact
from app.columns.table import FloatMatrix
from app.model.model import Model
from app.outputs.prediction import BatchPrediction
from app.prediction_log.reading import PredictionRecord, read_predictions
from app.settings import Settings
from app.web.service import get_service, serve_model
from tests.support.prediction_logs import list_names
from training.dataset import Dataset

ReadAll = Callable[[], list[PredictionRecord]]


@pytest.fixture
def app(tmp_path: Path, example_artifact: Artifact) -> Iterator[Flask]:
    """Return an application that serves the example model and keeps its predictions."""
    (tmp_path / "log").mkdir()
    app = create_app(Settings(prediction_log_dir=tmp_path / "log"))
    serve_model(app, example_artifact)
    get_service(app).open_prediction_log()
    yield app
    get_service(app).close_prediction_log()


@pytest.fixture
def read_all(app: Flask, tmp_path: Path) -> ReadAll:
    """Return what ends the log and returns the records in it."""

    def read() -> list[PredictionRecord]:
        get_service(app).close_prediction_log()
        return list(read_predictions(tmp_path / "log"))

    return read


def test_keeps_what_was_asked_and_answered(client: FlaskClient, example_dataset: Dataset, read_all: ReadAll) -> None:
    body = {"features": example_dataset.X[0].tolist()}
    answer: Any = client.post("/predict", json=body, headers={"X-Request-ID": "mine"}).json
    (record,) = read_all()
    assert (record.request_id, record.model_version, record.labels.tolist()) == ("mine", "example", [answer["label"]])
    assert record.instances.tobytes() == example_dataset.X[:1].tobytes()


def test_keeps_what_the_estimator_answers_bit_for_bit(
    client: FlaskClient, example_dataset: Dataset, example_artifact: Artifact, read_all: ReadAll
) -> None:
    assert client.post("/predict/batch", json={"instances": example_dataset.X[:512].tolist()}).status_code == 200
    preprocessor, estimator = example_artifact.unpickle()
    (record,) = read_all()
    expected = estimator.predict_proba(preprocessor.transform(example_dataset.X[:512]))
    assert record.probabilities.tobytes() == expected.tobytes()
    assert record.instances.tobytes() == example_dataset.X[:512].tobytes()


def test_keeps_instances_by_name_in_the_models_order(
    client: FlaskClient, example_dataset: Dataset, read_all: ReadAll
) -> None:
    names = zip(example_dataset.feature_names, example_dataset.X[0].tolist(), strict=True)
    client.post("/predict", json={"features": dict(reversed(list(names)))})
    assert [record.instances.tolist() for record in read_all()] == [example_dataset.X[:1].tolist()]


def test_keeps_the_id_that_the_service_gives(client: FlaskClient, example_dataset: Dataset, read_all: ReadAll) -> None:
    answer = client.post("/predict", json={"features": example_dataset.X[0].tolist()})
    assert [record.request_id for record in read_all()] == [answer.headers["X-Request-ID"]]


def test_keeps_nothing_of_requests_that_are_refused_or_of_another_kind(client: FlaskClient, read_all: ReadAll) -> None:
    answers = [client.post("/predict", json={"features": [1]}), client.post("/predict", data="{"), client.get("/model")]
    assert [answer.status_code for answer in answers] == [422, 400, 200]
    assert read_all() == []


def test_keeps_nothing_of_a_prediction_that_is_not_answered_in_the_end(
    app: Flask, example_dataset: Dataset, read_all: ReadAll
) -> None:
    @app.after_request
    def fail(response: Response) -> Response:
        response.status_code = 500
        return response

    assert app.test_client().post("/predict", json={"features": example_dataset.X[0].tolist()}).status_code == 500
    assert read_all() == []


def test_keeps_what_was_asked_though_an_estimator_works_in_place(
    client: FlaskClient, example_dataset: Dataset, read_all: ReadAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Model.answer

    def answer_in_place(model: Model, instances: FloatMatrix) -> BatchPrediction:
        answers = answer(model, instances.copy())
        instances[:] = 0
        return answers

    monkeypatch.setattr(Model, "answer", answer_in_place)
    client.post("/predict", json={"features": example_dataset.X[0].tolist()})
    assert [record.instances.tolist() for record in read_all()] == [example_dataset.X[:1].tolist()]


def test_counts_what_is_written(app: Flask, client: FlaskClient, example_dataset: Dataset, read_all: ReadAll) -> None:
    for _ in range(3):
        client.post("/predict", json={"features": example_dataset.X[0].tolist()})
    read_all()
    log = get_service(app).prediction_log
    assert log is not None and (log.n_written, log.n_dropped) == (3, 0)


def test_answers_where_the_folder_cannot_be_written(
    example_artifact: Artifact, example_dataset: Dataset, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    app = create_app(Settings(prediction_log_dir=tmp_path / "file"))
    serve_model(app, example_artifact)
    get_service(app).open_prediction_log()
    body = {"features": example_dataset.X[0].tolist()}
    assert app.test_client().post("/predict", json=body).status_code == 200
    get_service(app).close_prediction_log()
    log = get_service(app).prediction_log
    assert log is not None and (log.n_written, log.n_dropped) == (0, 1)


def test_keeps_nothing_unless_it_is_asked_to(
    example_artifact: Artifact, example_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = create_app(Settings())
    serve_model(app, example_artifact)
    get_service(app).open_prediction_log()
    assert app.test_client().post("/predict", json={"features": example_dataset.X[0].tolist()}).status_code == 200
    get_service(app).close_prediction_log()
    assert (get_service(app).prediction_log, list_names(tmp_path)) == (None, [])
