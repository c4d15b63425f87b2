from __future__ import annotations

import os
import pty
import re
import termios
from collections.abc import Iterator
from io import StringIO
from typing import TextIO

import pytest

from training.progress import report_reading, show_nothing, show_progress, show_stage

STEPS = ["a", "b", "c"]


END = "end of the test"


def read_until(descriptor: int, end: str) -> str:
    content = b""
    while end.encode() not in content:
        content += os.read(descriptor, 4096)
    return content.decode()


@pytest.fixture
def terminal() -> Iterator[tuple[TextIO, int]]:
    """Return a terminal, and where one reads what it is sent."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    try:
        with os.fdopen(slave, "w") as stream:
            yield stream, master
    finally:
        os.close(master)


@pytest.fixture
def screen(terminal: tuple[TextIO, int], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a terminal is sent while all steps are handed on."""
    stream, master = terminal
    monkeypatch.setattr("sys.stderr", stream)
    assert list(show_progress(STEPS)) == STEPS
    print(END, end="", file=stream, flush=True)
    return read_until(master, END)


def test_draws_a_bar_on_a_terminal(screen: str) -> None:
    assert re.search(r"Folds:   0%\| +\| 0/3", screen)


def test_writes_no_lines_on_a_terminal(screen: str) -> None:
    assert "Fold 1 of 3" not in screen
    assert "\n" not in screen


def test_clears_the_bar_at_the_end(screen: str) -> None:
    *_, last_line, after_it = screen.split("\r")
    assert (last_line.strip(), after_it) == ("", END)


def test_writes_a_line_a_step_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(show_progress(STEPS)) == STEPS
    assert capsys.readouterr() == ("", "Fold 1 of 3\nFold 2 of 3\nFold 3 of 3\n")


def test_writes_the_line_before_its_step_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    steps = show_progress(STEPS, label="Tree")
    next(steps)
    assert capsys.readouterr().err == "Tree 1 of 3\n"


def test_names_a_stage_before_it_begins_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    with show_stage("Final fit"):
        assert capsys.readouterr() == ("", "Final fit\n")
    assert capsys.readouterr() == ("", "")


def test_shows_a_stage_on_a_terminal_as_long_as_it_lasts(
    terminal: tuple[TextIO, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, master = terminal
    monkeypatch.setattr("sys.stderr", stream)
    with show_stage("Final fit"):
        print("within", end="", file=stream, flush=True)
    print(END, end="", file=stream, flush=True)
    during, _, after = read_until(master, END).partition("within")
    assert ("Final fit ..." in during, "\n" in during + after) == (True, False)
    *_, last_line, after_it = after.split("\r")
    assert (last_line.strip(), after_it) == ("", END)


def test_shows_nothing_of_what_takes_no_time(capsys: pytest.CaptureFixture[str]) -> None:
    with show_nothing("Final fit"):
        assert capsys.readouterr() == ("", "")


def test_reports_each_tenth_of_a_large_file_once() -> None:
    stream = StringIO()
    report = report_reading(stream)
    for n_read in (1, 19_000_000, 20_000_000, 21_000_000, 200_000_000):
        report(n_read, 200_000_000)
    assert stream.getvalue() == "Read 10 % of 200 MB\nRead 100 % of 200 MB\n"


def test_does_not_report_the_reading_of_a_small_file() -> None:
    stream = StringIO()
    report_reading(stream)(100, 100)
    assert stream.getvalue() == ""
