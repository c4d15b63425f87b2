"""What the tests of the log share: the loggers as they were, and the lines that were written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

ReadLog = Callable[[], str]
ReadLines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _logging_is_restored() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("", "gunicorn.error", "gunicorn.access")]
    before = [(logger, logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    yield
    for logger, level, handlers, propagate in before:
        logger.setLevel(level)
        logger.handlers, logger.propagate = handlers, propagate


@pytest.fixture
def read_log(capfd: pytest.CaptureFixture[str]) -> ReadLog:
    """Return a function that returns what has been written to standard error since it was last asked."""
    return lambda: capfd.readouterr().err


@pytest.fixture
def read_lines(read_log: ReadLog) -> ReadLines:
    """Return a function that returns the lines of JSON written since it was last asked."""
    return lambda: [orjson.loads(line) for line in read_log().splitlines()]
