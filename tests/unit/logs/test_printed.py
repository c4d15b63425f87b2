from __future__ import annotations

import logging
import sys
import warnings

import pytest

from app.logs.printed import PrintedLines, log_what_is_printed


@pytest.fixture(autouse=True)
def _streams_are_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, getattr(sys, name))


def test_what_is_printed_is_logged_once_its_line_is_complete(caplog: pytest.LogCaptureFixture) -> None:
    log_what_is_printed()
    print("one", end=" ")
    assert caplog.messages == []
    print("line")
    assert caplog.record_tuples == [("printed", logging.WARNING, "one line")]


def test_a_warning_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    log_what_is_printed()
    sys.stderr.write(warnings.formatwarning("beware", RuntimeWarning, "a_file.py", 7, "x = y"))
    assert caplog.messages == ["a_file.py:7: RuntimeWarning: beware\n  x = y"]


def test_empty_lines_are_none(caplog: pytest.LogCaptureFixture) -> None:
    log_what_is_printed()
    print("\n", file=sys.stderr)
    assert caplog.messages == []


def test_no_more_is_held_than_a_long_line(caplog: pytest.LogCaptureFixture) -> None:
    PrintedLines(2).write("x" * 10_000)
    assert caplog.messages == ["x" * 10_000]


def test_says_what_the_descriptor_is() -> None:
    assert (PrintedLines(2).isatty(), PrintedLines(2).writable()) == (False, True)
