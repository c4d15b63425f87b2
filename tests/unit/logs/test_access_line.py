from __future__ import annotations

import logging.config
import re
from typing import Any, NoReturn

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from app.logs import build_log_config
from app.web.access_line import log_refused
from tests.unit.logs.conftest import ReadLines, ReadLog
from training.dataset import Dataset

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SENT = "a-secret-of-the-caller"


@pytest.fixture
def app(app: Flask) -> Flask:
    """Return the application with routes that fail."""

    def fail(word: str) -> NoReturn:
        raise ValueError(SENT)

    def fail_to_answer() -> NoReturn:
        abort(503)

    app.add_url_rule("/fail/<path:word>", "fail", fail)
    app.add_url_rule("/unavailable", "unavailable", fail_to_answer)
    return app


def predict(client: FlaskClient, dataset: Dataset, n_instances: int, **headers: str) -> Any:
    instances = dataset.X[:n_instances].tolist()
    return client.post("/predict/batch", json={"instances": instances}, headers=headers)


def test_a_request_leaves_one_line_that_tells_all_of_it(
    client: FlaskClient, example_dataset: Dataset, read_lines: ReadLines
) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    answer = predict(client, example_dataset, 3)
    (line,) = read_lines()
    for name in ("time", "pid"):
        del line[name]
    assert re.fullmatch(r"POST /predict/batch 200 in \d+\.\d ms, 3 instances", line.pop("message"))
    assert 0 < line.pop("duration_ms") < 60_000
    assert line == {
        "level": "info",
        "logger": "app.access",
        "request_id": answer.headers["X-Request-ID"],
        "route": "/predict/batch",
        "method": "POST",
        "status": 200,
        "instances": 3,
        "model_version": "example",
        "client": "127.0.0.1",
    }


def test_its_duration_has_three_decimals(client: FlaskClient, read_log: ReadLog) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    client.get("/model")
    assert re.search(r'"duration_ms":\d+\.\d{1,3},', read_log())


def test_a_person_reads_what_was_asked_and_how_that_ended(
    client: FlaskClient, example_dataset: Dataset, read_log: ReadLog
) -> None:
    logging.config.dictConfig(build_log_config("info", "text"))
    predict(client, example_dataset, 1, **{"X-Request-ID": "abc"})
    assert re.fullmatch(
        r"\d\d:\d\d:\d\dZ INFO     POST /predict/batch 200 in \d+\.\d ms, 1 instance \[abc\]\n", read_log()
    )


@pytest.mark.parametrize(
    ("method", "path", "route", "status", "level"),
    [
        ("GET", "/model", "/model", 200, "info"),
        ("GET", "/health", "/health", 200, "debug"),
        ("GET", "/ready", "/ready", 200, "debug"),
        ("HEAD", "/metrics", "/metrics", 200, "debug"),
        ("POST", "/predict", "/predict", 400, "info"),
        ("GET", "/predict", "none", 405, "info"),
        ("GET", "/no/such/path", "none", 404, "info"),
        ("GET", "/fail/secret", "/fail/<path:word>", 500, "error"),
        ("GET", "/unavailable", "/unavailable", 503, "error"),
    ],
)
def test_names_the_route_and_is_as_loud_as_the_answer_is_grave(
    client: FlaskClient, read_lines: ReadLines, method: str, path: str, route: str, status: int, level: str
) -> None:
    logging.config.dictConfig(build_log_config("debug", "json"))
    client.open(path, method=method)
    (line,) = [line for line in read_lines() if line["logger"] == "app.access"]
    assert (line["method"], line["route"], line["status"], line["level"]) == (method, route, status, level)


def test_says_nothing_below_its_level(client: FlaskClient, read_log: ReadLog) -> None:
    logging.config.dictConfig(build_log_config("warning", "json"))
    client.get("/model")
    assert read_log() == ""


def test_a_refused_prediction_that_could_be_read_has_its_instances(
    client: FlaskClient, example_dataset: Dataset, read_lines: ReadLines
) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    client.post("/predict", data="{}")
    predict(client, example_dataset, 2)
    assert [line.get("instances") for line in read_lines()] == [None, 2]


def test_a_failure_is_told_with_its_frames_and_without_a_word_of_the_caller(
    client: FlaskClient, read_log: ReadLog, read_lines: ReadLines
) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    answer = client.get(f"/fail/{SENT}?query={SENT}", headers={"User-Agent": SENT, "Cookie": SENT})
    failure, access = read_lines()
    assert failure["exception"].endswith("raise ValueError(SENT)\nValueError")
    assert SENT not in str([failure, access])
    assert {failure["request_id"], access["request_id"]} == {answer.json["request_id"]}  # type: ignore[index]


def test_every_line_of_a_request_holds_its_callers_trace_and_a_span_of_its_own(
    client: FlaskClient, read_lines: ReadLines
) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    client.get("/fail/x", headers={"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"})
    failure, access = read_lines()
    assert failure["trace_id"] == access["trace_id"] == TRACE_ID
    assert failure["span_id"] == access["span_id"] != "00f067aa0ba902b7"


def test_a_request_of_no_trace_has_none(client: FlaskClient, read_lines: ReadLines) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    client.get("/model", headers={"traceparent": f"00-{TRACE_ID.upper()}-00f067aa0ba902b7-01"})
    (line,) = read_lines()
    assert "trace_id" not in line and "span_id" not in line


def test_what_is_no_request_leaves_a_line_with_the_version_that_refused_it(read_lines: ReadLines) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    log_refused(400, ValueError(SENT), "id", 0.5, "v1", "192.0.2.1")
    (line,) = read_lines()
    facts = {"route", "method", "status", "duration_ms", "model_version", "client", "fault", "request_id"}
    assert {name: value for name, value in line.items() if name in facts} == {
        "route": "none",
        "method": "other",
        "status": 400,
        "duration_ms": 500.0,
        "model_version": "v1",
        "client": "192.0.2.1",
        "fault": "ValueError",
        "request_id": "id",
    }
