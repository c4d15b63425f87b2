from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask, Response, g

from app.logs.context import RequestFilter
from app.web.facts import RequestFacts
from tests.support.metric_samples import read_samples
from training.dataset import Dataset

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
IDS = ("request_id", "trace_id", "span_id")

_logger = logging.getLogger("tests.web.lifecycle")


class Records(logging.Handler):
    """Keeps every record, with the ids that the log would show."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(RequestFilter())
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record)

    def list_ids(self, logger: logging.Logger = _logger) -> list[list[str]]:
        """Return which ids each record of `logger` has."""
        return [[name for name in IDS if hasattr(record, name)] for record in self.kept if record.name == logger.name]


@pytest.fixture
def records() -> Iterator[Records]:
    """Return the records of all loggers."""
    handler, root = Records(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def test_all_that_a_request_shares_is_one_object_each(app: Flask, example_dataset: Dataset) -> None:
    seen: list[Any] = []

    @app.after_request
    def look(response: Response) -> Response:
        seen.append(dict(vars(g._get_current_object())))
        return response

    app.test_client().post("/predict", json={"features": example_dataset.X[0].tolist()})
    (shared,) = seen
    assert list(shared) == ["facts"] and isinstance(shared["facts"], RequestFacts)
    assert list(app.extensions) == ["ml_service"]


def test_each_hook_of_the_application_is_registered_once(app: Flask) -> None:
    hooks = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
    assert [{scope: len(functions) for scope, functions in each.items()} for each in hooks] == [{None: 1}] * 3


@pytest.mark.parametrize(("headers", "ids"), [({}, ["request_id"]), ({"traceparent": TRACEPARENT}, list(IDS))])
def test_a_line_has_the_ids_of_its_request_and_none_once_that_is_over(
    app: Flask, records: Records, headers: dict[str, str], ids: list[str]
) -> None:
    def log() -> str:
        _logger.info("meanwhile")
        return ""

    app.add_url_rule("/log", "log", log)
    app.teardown_request(lambda error: _logger.info("at its end"))
    app.test_client().get("/log", headers=headers)
    _logger.info("afterwards")
    assert records.list_ids() == [ids, ids, []]


def test_threads_that_answer_one_request_after_another_mix_up_no_ids(app: Flask, records: Records) -> None:
    def log(name: str) -> str:
        _logger.info(name)
        return name

    def ask(name: str) -> None:
        headers = {"X-Request-ID": name, **({"traceparent": TRACEPARENT} if name.startswith("traced") else {})}
        app.test_client().get(f"/log/{name}", headers=headers)
        _logger.info("afterwards")

    app.add_url_rule("/log/<name>", "log", log)
    names = [f"{kind}-{number}" for number in range(50) for kind in ("traced", "plain")]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, names))
    lines = {record.getMessage(): record for record in records.kept if record.name == _logger.name}
    assert not hasattr(lines.pop("afterwards"), "request_id")
    assert {name: vars(record)["request_id"] for name, record in lines.items()} == {name: name for name in names}
    assert all(hasattr(record, "trace_id") == name.startswith("traced") for name, record in lines.items())


def test_a_request_that_ends_in_a_defect_leaves_no_id_behind(app: Flask, records: Records) -> None:
    def fail() -> str:
        raise RuntimeError

    app.add_url_rule("/defect", "defect", fail)
    assert app.test_client().get("/defect").status_code == 500
    _logger.info("afterwards")
    assert records.list_ids() == [[]]
    assert records.list_ids(logging.getLogger("app")) == [["request_id"]]


def test_a_later_hook_changes_what_is_counted_and_logged(
    app: Flask, records: Records, example_dataset: Dataset
) -> None:
    @app.after_request
    def refuse(response: Response) -> Response:
        response.status_code = 500 if response.status_code == 200 else response.status_code
        return response

    client = app.test_client()
    client.post("/predict", json={"features": example_dataset.X[0].tolist()})
    (line,) = [record for record in records.kept if record.name == "app.access"]
    assert vars(line)["facts"]["status"] == 500
    counts = read_samples(client.get("/metrics").text, "http_requests_total")
    assert (counts[("POST", "/predict", "500")], counts[("POST", "/predict", "200")]) == (1, 0)
