from __future__ import annotations

import json
import logging
import logging.config
import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from flask import Flask, g

from app.logs import JsonFormatter, build_log_config

ReadLog = Callable[[], str]


@pytest.fixture(autouse=True)
def _logging_is_restored() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("", "gunicorn.error", "gunicorn.access")]
    before = [(logger, logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    yield
    for logger, level, handlers, propagate in before:
        logger.setLevel(level)
        logger.handlers, logger.propagate = handlers, propagate


@pytest.fixture
def read_log(capsys: pytest.CaptureFixture[str]) -> ReadLog:
    return lambda: capsys.readouterr().err


def read_line(read_log: ReadLog) -> dict[str, Any]:
    (line,) = read_log().splitlines()
    parsed: dict[str, Any] = orjson.loads(line)
    return parsed


def log_an_error() -> None:
    try:
        raise KeyError("lost")
    except KeyError:
        logging.getLogger("app.example").exception("It failed.")


def test_json_lines_hold_time_level_logger_message_and_process(read_log: ReadLog) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    logging.getLogger("app.example").warning('Refused "%s"\nwith %d', "x", 404)
    line = read_line(read_log)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    assert isinstance(line.pop("pid"), int)
    assert line == {"level": "warning", "logger": "app.example", "message": 'Refused "x"\nwith 404'}


def test_a_stack_trace_stays_on_the_same_json_line(read_log: ReadLog) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    log_an_error()
    assert read_line(read_log)["exception"].splitlines()[-1] == "KeyError: 'lost'"


def test_json_lines_of_a_request_hold_its_id(read_log: ReadLog) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    with Flask("example").test_request_context():
        g.request_id = "abc-1"
        logging.getLogger("app.example").info("Answered.")
    assert read_line(read_log)["request_id"] == "abc-1"


def test_text_lines_end_with_the_id_of_the_request(read_log: ReadLog) -> None:
    logging.config.dictConfig(build_log_config("info", "text"))
    with Flask("example").test_request_context():
        g.request_id = "abc-1"
        logging.getLogger("app.example").info("Answered %s.", 1)
    assert re.fullmatch(r"\d\d:\d\d:\d\d INFO     Answered 1\. \[abc-1\]\n", read_log())


def test_text_lines_outside_of_a_request_end_with_the_message(read_log: ReadLog) -> None:
    logging.config.dictConfig(build_log_config("info", "text"))
    logging.getLogger("app.example").error("Stopped.")
    assert read_log().endswith(" ERROR    Stopped.\n")


def test_a_stack_trace_follows_its_text_line(read_log: ReadLog) -> None:
    logging.config.dictConfig(build_log_config("info", "text"))
    log_an_error()
    lines = read_log().splitlines()
    assert lines[0].endswith("It failed.")
    assert lines[-1] == "KeyError: 'lost'"


@pytest.mark.parametrize("name", ["app.example", "gunicorn.error", "gunicorn.access"])
@pytest.mark.parametrize(("level", "expected"), [("debug", 2), ("info", 1), ("error", 0)])
def test_our_own_and_gunicorns_loggers_heed_the_level_and_write_once(
    read_log: ReadLog, name: str, level: str, expected: int
) -> None:
    logging.config.dictConfig(build_log_config(level, "json"))
    logging.getLogger(name).debug("one")
    logging.getLogger(name).info("two")
    assert len(read_log().splitlines()) == expected


def test_a_name_that_is_not_utf_8_is_logged_all_the_same() -> None:
    record = logging.LogRecord("app", logging.INFO, "file", 1, "no %s", ("\udcff",), None)
    assert json.loads(JsonFormatter().format(record))["message"] == "no \udcff"
