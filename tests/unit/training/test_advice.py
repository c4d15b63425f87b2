from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.advice import find_warnings

N_ROWS = 60
KINDS = {"i": "integer", "f": "number", "b": "boolean", "O": "category", "M": "date-time"}


def warn(y: Any = None, task: str = "classification", by_time: bool = False, **columns: Any) -> list[str]:
    """Return the warnings of a table that has, besides `columns`, one against which nothing is to be said."""
    target = list(np.arange(N_ROWS) % 2) if y is None else y
    X = pd.DataFrame({"sound": np.linspace(0, 1, len(target)), **columns})
    kinds = {name: KINDS[np.asarray(X[name]).dtype.kind] for name in X}
    return find_warnings(X, pd.DataFrame({"churn": target}), kinds, task, by_time)


def test_says_nothing_of_a_sound_table() -> None:
    assert warn(city=["Rome", "Oslo", "Bonn"] * 20, age=np.arange(N_ROWS) % 37) == []


@pytest.mark.parametrize(
    "column",
    [np.arange(N_ROWS) % 2, ["yes", "no"] * 30, [True, False] * 30, [1.0, np.nan] * 30],
    ids=["itself", "strings", "booleans", "gaps"],
)
def test_warns_of_a_column_that_says_the_same_as_the_target(column: Any) -> None:
    assert warn(left=column) == [
        "'left' says the same as the target 'churn' in every row, so that the model will look perfect: unless it is "
        "known before the target is, leave it out with --drop left."
    ]


def test_warns_of_a_copy_of_a_continuous_target() -> None:
    y = np.random.default_rng(0).normal(size=N_ROWS)
    warnings = warn(y, "regression", copy=y, other=y[::-1])
    assert [warning.partition(" the target")[0] for warning in warnings] == ["'copy' says the same as"]


def test_does_not_warn_of_a_column_that_differs_in_one_row() -> None:
    left = np.arange(N_ROWS) % 2
    left[7] = 0
    assert warn(left=left) == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("number", np.arange(N_ROWS)),
        ("number", np.random.default_rng(0).permutation(N_ROWS) * 17),
        ("code", [f"A{number}" for number in range(N_ROWS)]),
        ("customer_id", [*range(N_ROWS - 1), 0]),
        ("customerId", [*range(N_ROWS - 1), 0]),
        ("UUID", [f"a b {number}" for number in range(N_ROWS)]),
    ],
)
def test_warns_of_an_id(name: str, values: Any) -> None:
    assert warn(**{name: values}) == [
        f"'{name}' has another value in nearly every row, as an id has, which says nothing of new rows: leave it out "
        f"with --drop {name}, unless it is a quantity or a text."
    ]


@pytest.mark.parametrize("values", [np.arange(N_ROWS) * 1.5, [f"free text {number}" for number in range(N_ROWS)]])
def test_takes_measurements_and_texts_for_no_ids(values: Any) -> None:
    assert warn(width=values) == []


def test_warns_of_a_constant_and_of_an_empty_column() -> None:
    columns: dict[str, Any] = {"the same": [3] * N_ROWS, "empty": [np.nan] * N_ROWS}
    assert warn(**columns) == [
        "'the same' is the same in every row, so nothing is learnt from it: --drop 'the same'.",
        "'empty' is empty in every row: leave it out with --drop empty.",
    ]


def test_warns_of_classes_of_few_rows() -> None:
    y = ["a"] * 30 + ["b"] * 25 + ["c"] * 5
    assert warn(y) == [
        "Classes of 'churn' with 5 rows or fewer are hardly learnt, nor measured: 'c' (5). Find more such rows, or "
        "join classes."
    ]
    assert warn(["a"] * 30 + ["b"] * 24 + ["c"] * 6) == []


def test_warns_of_a_target_that_is_nearly_all_one_class() -> None:
    assert warn(["no"] * 194 + ["yes"] * 6) == [
        "'no' is the target in 97.0% of the rows, so that an accuracy of 97.0% is that of a model that says nothing "
        "else: judge by the ROC AUC or the F1."
    ]


def test_warns_of_rows_that_are_there_twice() -> None:
    X = pd.DataFrame({"a": [*range(19), 0] * 2})
    y = pd.DataFrame({"t": [0.5] * 40})
    assert find_warnings(X, y, {"a": "number"}, "regression") == [
        "21 rows are there more than once, and may be tested on after they were learnt by heart: remove the copies, or "
        "name the column that rows of one thing share with --groups."
    ]


def test_warns_of_more_columns_than_rows() -> None:
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(4, 5)), columns=list("abcde"))
    y = pd.DataFrame({"t": [0.5, 1.0, 2.0, 3.0]})
    assert find_warnings(X, y, dict.fromkeys("abcde", "number"), "regression") == [
        "There are more columns (5) than rows (4): some fit by chance. Leave out those that you do not expect to "
        "matter."
    ]


def test_warns_of_a_time_that_the_rows_are_not_split_by() -> None:
    times = pd.date_range("2026-01-01", periods=N_ROWS)
    assert warn(since=times) == [
        "The rows have a time, 'since', and are split by chance: if the model will answer for later rows than it has "
        "seen, have it tested on the latest with --time since."
    ]
    assert warn(by_time=True, since=times) == []
