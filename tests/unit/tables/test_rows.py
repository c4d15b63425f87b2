from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app.tables.kinds import find_columns
from app.tables.rows import take, to_rows

NAN = float("nan")


def convert(X: Any) -> Any:
    names = [str(number) for number in range(X.shape[1])]
    return to_rows(X, find_columns(X, names))


def test_numbers_are_a_matrix_with_nan_for_a_missing_value() -> None:
    X = pd.DataFrame({
        "a": [1, 2], "b": pd.array([None, 3], dtype="Int8"), "c": pd.Series([1.5, None], dtype=object),
    })  # fmt: skip
    rows = convert(X)
    assert rows.dtype == np.float64
    np.testing.assert_array_equal(rows, [[1.0, NAN, 1.5], [2.0, 3.0, NAN]])


def test_other_values_are_what_requests_are_parsed_to() -> None:
    X = pd.DataFrame({
        "a": pd.array([True, None], dtype="boolean"),
        "b": pd.Series(["x", None], dtype="category"),
        "c": pd.to_datetime(["2020-07-01T12:00:00", None]),
        "d": pd.to_datetime(["2020-07-01T12:00:00", None]).tz_localize("Europe/Rome"),
        "e": np.array([1, 2], dtype="int8"),
        "f": np.array([NAN, 0.1], dtype="float32"),
    })  # fmt: skip
    rows = convert(X).tolist()
    noon = datetime(2020, 7, 1, 12, tzinfo=UTC)
    assert rows == [
        [True, "x", noon, noon.replace(hour=10), 1, None], [None, None, None, None, 2, float(np.float32(0.1))],
    ]  # fmt: skip
    assert [type(value) for value in rows[0][:5]] == [bool, str, datetime, datetime, int]


@pytest.mark.parametrize("X", [np.array(["a", "b", "c"]), pd.Series(["a", "b", "c"]), ["a", "b", "c"], ("a", "b", "c")])
def test_takes_rows_of_texts(X: Any) -> None:
    assert list(take(X, np.array([2, 0]))) == ["c", "a"]


def test_takes_rows_of_tables_by_their_place() -> None:
    X = pd.DataFrame({"a": [1, 2, 3]}, index=[7, 8, 9])
    assert take(X, np.array([2, 0]))["a"].tolist() == [3, 1]
    assert take(X.to_numpy(), np.array([2, 0])).tolist() == [[3], [1]]
