from __future__ import annotations

import json
import logging
import logging.config
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.logs import build_log_config
from app.logs.context import reset_log_ids, set_log_ids
from app.logs.lines import JsonFormatter, TextFormatter
from tests.unit.logs.conftest import ReadLines, ReadLog


def log_an_error() -> None:
    try:
        raise KeyError("lost")
    except KeyError:
        logging.getLogger("app.example").exception("It failed.")


@contextmanager
def with_ids(**ids: str) -> Iterator[None]:
    """Log as during a request that has `ids`."""
    token = set_log_ids(ids)
    yield
    reset_log_ids(token)


def log_an_error_of_a_request() -> None:
    with with_ids(request_id="abc-1"):
        log_an_error()


def build_record(**attributes: Any) -> logging.LogRecord:
    record = logging.LogRecord("app", logging.WARNING, "file", 1, "Beware.", (), None)
    record.__dict__.update(attributes)
    return record


def test_json_lines_hold_time_level_logger_message_and_process(read_lines: ReadLines) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    logging.getLogger("app.example").warning('Refused "%s"\nwith %d', "x", 404)
    (line,) = read_lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    assert isinstance(line.pop("pid"), int)
    assert line == {"level": "warning", "logger": "app.example", "message": 'Refused "x"\nwith 404'}


def test_a_stack_trace_stays_on_the_same_json_line(read_lines: ReadLines) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    log_an_error()
    (line,) = read_lines()
    assert line["exception"].splitlines()[-1] == "KeyError: 'lost'"


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_stack_trace_of_a_request_does_not_say_what_the_exception_says(read_log: ReadLog, log_format: str) -> None:
    logging.config.dictConfig(build_log_config("info", log_format))
    log_an_error_of_a_request()
    log = read_log()
    assert re.search(r"raise KeyError\(.*KeyError\b", log, re.DOTALL)
    assert "KeyError: " not in log


def test_json_lines_of_a_request_hold_its_ids(read_lines: ReadLines) -> None:
    logging.config.dictConfig(build_log_config("info", "json"))
    with with_ids(request_id="abc-1", trace_id="a" * 32, span_id="b" * 16):
        logging.getLogger("app.example").info("Answered.")
    (line,) = read_lines()
    assert (line["request_id"], line["trace_id"], line["span_id"]) == ("abc-1", "a" * 32, "b" * 16)


def test_text_lines_end_with_the_id_of_the_request(read_log: ReadLog) -> None:
    logging.config.dictConfig(build_log_config("info", "text"))
    with with_ids(request_id="abc-1"):
        logging.getLogger("app.example").info("Answered %s.", 1)
    assert re.fullmatch(r"\d\d:\d\d:\d\dZ INFO     Answered 1\. \[abc-1\]\n", read_log())


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/New_York"])
def test_text_lines_begin_with_the_time_in_utc_wherever_the_machine_is(
    monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", zone)
        time.tzset()
        line = TextFormatter().format(build_record(created=1795366931.9))
    time.tzset()
    assert line == "17:02:11Z WARNING  Beware."


def test_text_lines_name_the_trace_where_there_is_one() -> None:
    line = TextFormatter().format(build_record(request_id="abc-1", trace_id="f" * 32))
    assert line.endswith(f" WARNING  Beware. [abc-1, trace {'f' * 32}]")


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


def test_colours_the_level_and_nothing_else_where_that_is_wanted() -> None:
    assert TextFormatter(has_colours=True).format(build_record())[9:] == " \x1b[33mWARNING \x1b[0m Beware."


@pytest.mark.parametrize(
    ("is_terminal", "no_color", "expected"),
    [(True, "", True), (True, "1", False), (False, "", False)],
)
def test_wants_colours_on_a_terminal_whose_user_has_not_declined_them(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, no_color: str, expected: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr("os.isatty", lambda _: is_terminal)
    assert build_log_config("info", "text")["formatters"]["chosen"]["has_colours"] is expected


@pytest.mark.parametrize("name", ["app.example", "gunicorn.error", "gunicorn.access"])
@pytest.mark.parametrize(("level", "expected"), [("debug", 2), ("info", 1), ("error", 0)])
def test_our_own_and_gunicorns_loggers_heed_the_level_and_write_once(
    read_lines: ReadLines, name: str, level: str, expected: int
) -> None:
    logging.config.dictConfig(build_log_config(level, "json"))
    logging.getLogger(name).debug("one")
    logging.getLogger(name).info("two")
    assert len(read_lines()) == expected


def test_a_name_that_is_not_utf_8_is_logged_all_the_same() -> None:
    record = logging.LogRecord("app", logging.INFO, "file", 1, "no %s", ("\udcff",), None)
    assert json.loads(JsonFormatter().format(record))["message"] == "no \udcff"
