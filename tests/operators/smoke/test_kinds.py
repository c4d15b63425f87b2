"""The smoke test of services of each task and kind of column."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPMessage
from typing import Any

import pytest

from app import create_app
from app.commands.smoke.address import ServiceAddress
from app.commands.smoke.answer import Answer
from app.commands.smoke.client import ServiceClient
from app.commands.smoke.command import CHECKS
from app.commands.smoke.expected import Expectation, SmokeFailed
from app.settings import Settings
from app.web.service import serve_model
from tests.support.small_models import SMALL_MODELS, get_small_model


class ClientWithin(ServiceClient):
    """A client of an application in this process."""

    def __init__(self, name: str) -> None:
        super().__init__(ServiceAddress.parse("http://service"))
        app = create_app(Settings())
        serve_model(app, get_small_model(name).artifact)
        self._within = app.test_client()

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        answered = self._within.open(path, method=method, data=body, content_type="application/json" if body else None)
        headers = HTTPMessage()
        for header, value in answered.headers.items():
            headers[header] = value
        return Answer(f"{method} {self.address}{path}", answered.status_code, headers, answered.data)


def check_all(name: str, expectation: Expectation) -> None:
    """Make every check of the service of a small model."""
    client = ClientWithin(name)
    for _, check in CHECKS:
        check(client, expectation)


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_a_healthy_service_passes(name: str) -> None:
    check_all(name, Expectation.from_artifact(get_small_model(name).artifact))


def expect(change: Callable[[dict[str, Any]], object], name: str) -> Expectation:
    """Return what is expected of a small model, its second golden row after `change`."""
    expectation = Expectation.from_artifact(get_small_model(name).artifact)
    change(expectation.predictions[1])
    return expectation


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("mixed", lambda row: row.update({"class": "perhaps"}), "the class is 'yes', not 'perhaps'."),
        ("integer classes", lambda row: row.update({"class": 4}), "the class is 3, not 4."),
        ("scores", lambda row: row["scores"].update(class_1=7.5), "the score of class_1 is "),
        ("regression", lambda row: row.update(value=row["value"] + 1e-6), "the value is "),
        ("several targets", lambda row: row["values"].update(waist=0.0), "the value of waist is "),
        ("several targets", lambda row: row["values"].pop("waist"), "the values are {"),
        ("multilabel", lambda row: row["labels"].update(b=7), "the label of b is "),
        ("multilabel", lambda row: row["probabilities"].update(b=7.0), "the probability of b is "),
        ("multioutput", lambda row: row["classes"].update(kind="blue"), "the class of kind is "),
        ("multioutput", lambda row: row["probabilities"]["tall"].update(class_0=7), "the probability of tall, class_0"),
        ("multioutput", lambda row: row["probabilities"]["tall"].pop("class_0"), "the probabilities of tall are "),
        ("outlier", lambda row: row.update({"class": "outlier"}), "the class is 'inlier', not 'outlier'."),
        ("outlier", lambda row: row.update(score=9.0), "the score is "),
        ("cluster", lambda row: row.update(label=9), "the label is "),
    ],
)  # fmt: skip
def test_says_what_a_model_answers_otherwise(name: str, change: Callable[[dict[str, Any]], object], fault: str) -> None:
    with pytest.raises(SmokeFailed) as refused:
        check_all(name, expect(change, name))
    n_rows = len(get_small_model(name).artifact.golden)
    assert str(refused.value).startswith(f"POST http://service/predict, golden row 2 of {n_rows}: {fault}")


def test_allows_for_the_last_bits_of_large_numbers() -> None:
    check_all("regression", expect(lambda row: row.update(value=row["value"] + 1e-8), "regression"))


def test_a_service_that_takes_anything_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    expectation = Expectation.from_artifact(get_small_model("texts").artifact)
    monkeypatch.setattr("app.columns.text.TextColumn.accepts", lambda column, value: True)
    with pytest.raises(SmokeFailed) as refused:
        check_all("texts", expectation)
    assert "/predict should be answered 422, but was 200 with application/json: " in str(refused.value)
