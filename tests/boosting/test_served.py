"""Each model of the boosting libraries is imported and served, and answers as it does itself, to the last bit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from flask.testing import FlaskClient

from app import create_app
from app.artifacts import Metadata, read_artifact
from app.importing.importing import ImportOrder, import_model
from app.settings import Settings
from app.web.service import serve_model
from tests.boosting.boosted_models import Boosted, build_models

MODELS = list(build_models())
N_ALONE = 40


class Served(NamedTuple):
    """A model that was imported, and a client of the service that serves it."""

    boosted: Boosted
    metadata: Metadata
    client: FlaskClient
    files_before: list[str]


@pytest.fixture(scope="module", params=MODELS, ids=lambda boosted: boosted.name)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    boosted: Boosted = request.param
    folder = tmp_path_factory.mktemp("imported")
    boosted.get_frame().assign(right=boosted.y).to_csv(folder / "sample.csv", index=False)
    before = os.getcwd()
    os.chdir(folder)
    try:
        (folder / "working").mkdir()
        os.chdir(folder / "working")
        order = ImportOrder(boosted.write(folder), folder / "sample.csv", ["right"], version="v1")
        metadata = import_model(order, folder / "artifacts")
        left = os.listdir()
    finally:
        os.chdir(before)
    app = create_app(Settings(artifact_dir=folder / "artifacts"))
    serve_model(app, read_artifact(folder / "artifacts"))
    yield Served(boosted, metadata, app.test_client(), left)


def list_rows(boosted: Boosted) -> list[dict[str, Any]]:
    frame = boosted.get_frame().astype(object)
    return frame.where(frame.notna(), None).to_dict("records")  # type: ignore[no-any-return]


def list_answers(boosted: Boosted) -> list[dict[str, Any]]:
    """Return what the model itself answers, as the service writes it down."""
    predicted = np.asarray(boosted.model.predict(boosted.X)).reshape(len(boosted.X))
    if not hasattr(boosted.model, "predict_proba"):
        return [{"value": value} for value in predicted.astype(np.float64).tolist()]
    classes = np.asarray(boosted.model.classes_).tolist()
    shares = np.asarray(boosted.model.predict_proba(boosted.X)).astype(np.float64).tolist()
    return [
        {
            "label": [str(each) for each in classes].index(str(label)),
            "probabilities": {f"class_{index}": share for index, share in enumerate(row)},
        }
        for label, row in zip(predicted.tolist(), shares, strict=True)
    ]


def pick(answers: list[dict[str, Any]], keys: list[str]) -> list[dict[str, Any]]:
    return [{key: answer[key] for key in keys} for answer in answers]


def test_answers_a_batch_by_name_and_by_position_as_the_model_does(served: Served) -> None:
    rows, expected = list_rows(served.boosted), list_answers(served.boosted)
    for instances in (rows, [list(row.values()) for row in rows]):
        answered = served.client.post("/predict/batch?digits=17", json={"instances": instances}).get_json()
        assert pick(answered["predictions"], list(expected[0])) == expected


def test_answers_a_row_alone_as_the_model_does(served: Served) -> None:
    rows, expected = list_rows(served.boosted)[:N_ALONE], list_answers(served.boosted)[:N_ALONE]
    answered = [served.client.post("/predict?digits=17", json={"features": row}).get_json() for row in rows]
    assert pick(answered, list(expected[0])) == expected


def test_refuses_a_city_that_training_has_not_seen_unless_the_model_has_an_answer(served: Served) -> None:
    row = list_rows(served.boosted)[0]
    if "city" not in row:
        return
    answer = served.client.post("/predict", json={"features": {**row, "city": "Paris"}})
    if type(served.boosted.model).__module__.startswith("catboost"):
        assert answer.status_code == 200
    else:
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["message"] == "must be one of 'Bonn', 'Oslo', 'Rome', 'Ulm'"


def test_refuses_columns_in_other_places_before_any_library_takes_them(served: Served) -> None:
    row = list_rows(served.boosted)[0]
    answer = served.client.post("/predict", json={"features": {**row, "extra": 1}})
    assert answer.get_json()["errors"][0]["message"] == "is not a feature of the model"


def test_measures_what_the_model_is_worth_on_the_sample(served: Served) -> None:
    metrics = served.metadata.metrics["sample"]
    predicted = np.asarray(served.boosted.model.predict(served.boosted.X)).reshape(-1)
    if "accuracy" in metrics:
        right = np.asarray(served.boosted.y)
        assert metrics["accuracy"] == np.mean(
            [str(a) == str(type(a)(b)) for a, b in zip(predicted, right, strict=True)]
        )
    else:
        assert metrics["r2"] > 0.5


def test_the_metadata_name_the_library(served: Served) -> None:
    library = served.boosted.name.partition(" ")[0]
    assert library in served.metadata.library_versions or library in read_libraries(served)


def read_libraries(served: Served) -> dict[str, str]:
    answered: dict[str, Any] = served.client.get("/model").get_json()
    return answered["library_versions"]  # type: ignore[no-any-return]


def test_nothing_is_left_in_the_working_folder(served: Served) -> None:
    assert served.files_before == []
