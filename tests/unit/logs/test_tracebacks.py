from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from app.logs.tracebacks import format_without_text

SENT = "17.99 and a name"


def catch(function: Callable[[], object]) -> Exception:
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def fail_plainly() -> None:
    raise ValueError(SENT)


def fail_because_of_another() -> None:
    try:
        fail_plainly()
    except ValueError as error:
        raise RuntimeError(f"because of {SENT}") from error


def fail_while_handling() -> None:
    try:
        fail_plainly()
    except ValueError:
        raise LookupError(SENT)


def fail_and_forget_why() -> None:
    try:
        fail_plainly()
    except ValueError:
        raise LookupError(SENT) from None


def fail_many_times() -> None:
    inner = ExceptionGroup(SENT, [catch(fail_because_of_another), KeyError(SENT)])
    raise ExceptionGroup(SENT, [catch(fail_plainly), inner])


def fail_with_a_note() -> None:
    error = ValueError(SENT)
    error.add_note(SENT)
    raise error


def fail_at_what_was_sent() -> None:
    compile(SENT, SENT, "exec")


def fail_deep_down() -> None:
    fail_deep_down()


FAILURES = [
    fail_plainly,
    fail_because_of_another,
    fail_while_handling,
    fail_and_forget_why,
    fail_many_times,
    fail_with_a_note,
    fail_at_what_was_sent,
]


@pytest.mark.parametrize("failure", FAILURES)
def test_never_says_what_an_exception_says(failure: Callable[[], None]) -> None:
    error = catch(failure)
    assert SENT in "".join(traceback.format_exception(error))
    assert SENT not in format_without_text(error)


@pytest.mark.parametrize("failure", FAILURES[:4])
def test_says_all_else_that_python_says(failure: Callable[[], None]) -> None:
    error = catch(failure)
    lines = [line.split(f": {SENT}")[0].split(": because")[0] for line in traceback.format_exception(error)]
    assert format_without_text(error).split() == "\n".join(lines).split()


def test_names_what_a_group_holds_with_its_frames() -> None:
    lines = format_without_text(catch(fail_many_times)).splitlines()
    assert [line for line in lines if line.endswith((":", "Error", "Group")) and "Traceback" not in line] == [
        "ExceptionGroup",
        "  1 of 2:",
        "    ValueError",
        "  2 of 2:",
        "    ExceptionGroup",
        "      1 of 2:",
        "        ValueError",
        "        The above exception was the direct cause of the following exception:",
        "        RuntimeError",
        "      2 of 2:",
        "        KeyError",
    ]


def test_names_a_type_with_its_module() -> None:
    assert format_without_text(UnicodeError("x")) == "UnicodeError"
    assert format_without_text(pytest.UsageError("x")) == "pytest.UsageError"


def test_is_short_where_a_function_calls_itself_without_end() -> None:
    assert len(format_without_text(catch(fail_deep_down)).splitlines()) < 30


def test_ends_where_causes_go_round_in_a_circle() -> None:
    first, second = ValueError(SENT), KeyError(SENT)
    first.__cause__, second.__cause__ = second, first
    assert format_without_text(first).split("\n")[0] == "KeyError"


def test_cuts_off_what_is_too_deep_and_too_wide() -> None:
    error: Exception = ExceptionGroup("x", [ValueError("x")] * 100)
    for _ in range(100):
        error = ExceptionGroup("x", [error])
        error.__cause__ = catch(fail_because_of_another)
    assert len(format_without_text(error)) < 100_000
