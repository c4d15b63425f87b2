"""Tables of any kinds, gaps and sizes: served with the bits of the model itself, and whatever comes in is answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from app import create_app
from app.columns.kinds import build_table
from app.settings import Settings
from app.tables.rows import to_rows
from app.web.service import serve_model
from tests.support.depth import repeats
from tests.support.described_models import publish_fitted
from tests.support.drawn_tables import MOST_ROWS, Drawn, draw_table

pytestmark = pytest.mark.filterwarnings("ignore")  # of estimators that do not converge

FROM_ELSEWHERE: list[Any] = [
    None,
    True,
    1,
    -7.5,
    1e300,
    10**400,
    float("nan"),
    "",
    "x",
    "2026-01-31",
    "\ud800",
    [],
    {},
    [[1]],
]


@pytest.fixture
def drawn(request: pytest.FixtureRequest) -> Drawn:
    return draw_table(request.param)


def serve(folder: Path, drawn: Drawn) -> tuple[FlaskClient, list[list[Any]]]:
    """Return a client of an application that serves the model, and the rows of its table as JSON has them."""
    artifact = publish_fitted(folder, drawn.model, drawn.task, drawn.X, targets=drawn.targets)
    app = create_app(Settings(artifact_dir=folder))
    serve_model(app, artifact)
    columns = artifact.metadata.parse_columns()
    return app.test_client(), build_table(columns).to_json(to_rows(drawn.X, columns))


def ask(drawn: Drawn) -> Any:
    """Return what is compared of the model's own answers, by as many rows as a pass has."""
    X = drawn.X.iloc[np.minimum(np.arange(MOST_ROWS), len(drawn.X) - 1)]
    if hasattr(drawn.model, "predict_proba"):
        return drawn.model.predict_proba(X)[: len(drawn.X)].tolist()
    return drawn.model.predict(X)[: len(drawn.X)].tolist()


def pick_answer(answer: dict[str, Any]) -> Any:
    if "probabilities" in answer:
        return list(answer["probabilities"].values())
    if "values" in answer:
        return list(answer["values"].values())
    return next(answer[key] for key in ("value", "class", "label") if key in answer)


# The last two have numbers alone before a ridge, whose bits depend on the order in memory.
@pytest.mark.parametrize("drawn", [*range(repeats(8, 500)), 245, 299][:500], indirect=True)
def test_any_table_is_served_with_the_bits_of_its_model(drawn: Drawn, tmp_path: Path) -> None:
    client, rows = serve(tmp_path, drawn)
    batch = client.post("/predict/batch?digits=17", json={"instances": rows})
    assert batch.status_code == 200, batch.text
    answers = batch.get_json()["predictions"]
    if drawn.task == "outlier":
        assert [answer["label"] for answer in answers] == ask(drawn)
    else:
        assert [pick_answer(answer) for answer in answers] == ask(drawn)
    for row, answer in list(zip(rows, answers, strict=True))[:: len(rows) // 5]:
        by_name = dict(zip(drawn.X.columns, row, strict=True))
        for features in (row, by_name):
            assert client.post("/predict?digits=17", json={"features": features}).get_json() == answer
    for value in FROM_ELSEWHERE:
        for place in range(len(rows[0])):
            row = [*rows[0][:place], value, *rows[0][place + 1 :]]
            body = json.dumps({"features": row})  # which writes down what the service's own provider does not
            answered = client.post("/predict", data=body, content_type="application/json")
            assert answered.status_code in {200, 422}, (place, value)
    routes = ("/model", "/model/drift", "/openapi.json", "/metrics", "/ready")
    assert [client.get(route).status_code for route in routes] == [200] * len(routes)
