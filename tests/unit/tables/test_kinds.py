from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from app.artifacts.errors import NotPublishable
from app.columns.boolean import BooleanColumn
from app.columns.category import CategoryColumn
from app.columns.column import Column
from app.columns.date_time import DateTimeColumn
from app.columns.integer import IntegerColumn
from app.columns.number import NumberColumn
from app.columns.text import TextColumn
from app.tables.kinds import check_integers, find_columns

NAN = float("nan")
THOUSAND = [f"v{number}" for number in range(1000)]


def find(values: Any, kind: str | None = None) -> Column:
    X = pd.DataFrame({"a": values})
    return find_columns(X, ["a"], {} if kind is None else {"a": kind})[0]


def make_objects(*values: Any) -> pd.Series:
    return pd.Series(values, dtype=object)


@pytest.mark.parametrize(
    ("values", "column"),
    [
        (np.array([1.5, NAN]), NumberColumn("a", True)),
        (np.array([1.5, 2.5], dtype="float32"), NumberColumn("a", dtype="float32")),
        (np.array([1, 2]), IntegerColumn("a")),
        (pd.array([1, None], dtype="Int64"), IntegerColumn("a", True, "Int64", gap="NA")),
        (np.array([True, False]), BooleanColumn("a")),
        (pd.array([True, None], dtype="boolean"), BooleanColumn("a", True, "boolean", gap="NA")),
        (make_objects(True, None), BooleanColumn("a", True, "object", gap="None")),
        (make_objects(1, None), IntegerColumn("a", True, dtype="object", gap="None")),
        (make_objects(1, 2.5, NAN), NumberColumn("a", True, "object")),
        (make_objects(None, None), NumberColumn("a", True, "object", gap="None")),
        (["b", "a", None], CategoryColumn("a", True, "str", ["a", "b"])),
        (make_objects("b", 2, True, 2.0, None), CategoryColumn("a", True, "object", [True, 2, "b"], gap="None")),
        (THOUSAND[:50], CategoryColumn("a", dtype="str", values=sorted(THOUSAND[:50]))),
        (THOUSAND[:51], TextColumn("a", dtype="str")),
        (THOUSAND[:51] * 5, CategoryColumn("a", dtype="str", values=sorted(THOUSAND[:51]))),
        ([*THOUSAND, "one more"] * 5, TextColumn("a", dtype="str")),
        (
            pd.Categorical(["b", None], ["b", "a"], ordered=True),
            CategoryColumn("a", True, "category", ["b", "a"], ordered=True, values_dtype="str"),
        ),
        (pd.to_datetime(["2020-01-01"]), DateTimeColumn("a", dtype="datetime64[us]")),
        (pd.to_datetime(["2020-01-01"], utc=True), DateTimeColumn("a", dtype="datetime64[us, UTC]")),
    ],
)
def test_finds_the_kind_of_a_column(values: Any, column: Column) -> None:
    assert find(values) == column


@pytest.mark.parametrize("make", [list, tuple, np.array, pd.Series])
def test_texts_are_never_categories(make: Any) -> None:
    assert find_columns(make(["a", "b"]), ["text"])[0].kind == "text"


@pytest.mark.parametrize(
    ("values", "kind", "column"),
    [
        (np.array([1, 2]), "number", NumberColumn("a")),
        (np.array([2.0, 1.0]), "category", CategoryColumn("a", dtype="float64", values=[1, 2])),
        (np.array([2.0, 1.0]), "integer", IntegerColumn("a", dtype="float64")),
        (["b", "a"], "text", TextColumn("a", dtype="str")),
        (make_objects("b", None), "text", TextColumn("a", True, gap="None")),
        (THOUSAND[:51], "category", CategoryColumn("a", dtype="str", values=sorted(THOUSAND[:51]))),
        (np.array([1, 2]), "integer", IntegerColumn("a")),
    ],
)
def test_the_kind_of_a_column_can_be_overruled(values: Any, kind: str, column: Column) -> None:
    assert find(values, kind) == column


@pytest.mark.parametrize(
    ("values", "kind", "fault"),
    [
        (
            ["b", "a"],
            "number",
            "The column 'a' cannot be of the kind number: it holds 'b'. It is of the kind category.",
        ),
        ([1.5, 2], "integer", "The column 'a' cannot be of the kind integer: it holds 1.5. It is of the kind number."),
        ([0, 1], "boolean", "The column 'a' cannot be of the kind boolean: it holds 0. It is of the kind integer."),
        (
            ["2020-01-01"],
            "date-time",
            "The column 'a' is of the type str, on which the model was trained: it cannot be of the kind date-time. "
            "Convert it before training.",
        ),
        (
            pd.Categorical(["b"]),
            "text",
            "The column 'a' is of the type category, on which the model was trained: it cannot be of the kind text. "
            "Convert it before training.",
        ),
        (
            [1.5],
            "category",
            "The column 'a' has 1.5 among its categories: a category is a string, an integer or a boolean. Make "
            "strings of them, or leave the column a number.",
        ),
        ([1], "money", "There is no kind 'money': the kinds are number, integer, boolean, category, text, date-time."),
    ],
)
def test_says_why_a_kind_cannot_be_had(values: Any, kind: str, fault: str) -> None:
    with pytest.raises(NotPublishable) as refused:
        find(values, kind)
    assert str(refused.value) == fault


def test_says_for_which_columns_there_is_no_kind_to_ask() -> None:
    with pytest.raises(NotPublishable) as refused:
        find_columns(np.zeros((2, 1)), ["a"], {"c": "text", "b": "text", "a": "number"})
    assert str(refused.value) == "There is no column 'b', 'c': a kind was asked for it."


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (date(2020, 1, 1), "date"), (datetime(2020, 1, 1, tzinfo=UTC), "datetime"), (b"a", "bytes"),
        (Decimal("1.5"), "Decimal"), ([1], "list"), (1j, "complex"), (pd.Timedelta(1), "Timedelta"),
        (pd.Period("2020"), "Period"),
    ],
)  # fmt: skip
def test_says_what_to_make_of_values_that_json_has_not(value: Any, name: str) -> None:
    with pytest.raises(NotPublishable) as refused:
        find(make_objects("x", value))
    assert str(refused.value) == (
        f"The column 'a' holds values of the type {name}. Make numbers, strings, booleans or moments "
        "(pandas.to_datetime) of them."
    )


@pytest.mark.parametrize(
    ("X", "fault"),
    [
        (np.zeros((2, 1), dtype=complex), "The column 'a' is of the type complex128, which JSON has no values for."),
        (np.array([[b"x"]]), "The column 'a' is of the type bytes8, which JSON has no values for."),
        (
            np.array([["2020-01-01"]], dtype="datetime64[us]"),
            "X is an array of moments. Make a pandas frame of it, or numbers.",
        ),
        (np.zeros((2, 1, 1)), "X must be a 2-D array, a pandas frame or a list of texts, not ndarray."),
        ("text", "X must be a 2-D array, a pandas frame or a list of texts, not str."),
        (
            pd.DataFrame({"a": pd.Series([1], dtype=pd.ArrowDtype(pa.int64()))}),
            "The column 'a' is of Arrow's type int64[pyarrow], and servers do without pyarrow. Train on a frame of "
            "pandas' own types: X.convert_dtypes(dtype_backend='numpy_nullable').",
        ),
        (
            pd.DataFrame({"a": pd.to_datetime(["2020-01-01", "9999-12-31"])}),
            "The column 'a' holds moments outside of the years 1678 to 2261. If they stand for missing values, make "
            "gaps of them (pandas.NaT).",
        ),
        (
            pd.DataFrame({"a": make_objects(2**53 + 1, "b")}),
            "The column 'a' has 9007199254740993 among its categories, an integer beyond 2**53. Make strings of them.",
        ),
        (
            pd.DataFrame({"a": make_objects("\ud800", "b")}),
            "The column 'a' has '\\ud800' among its categories, which holds half a surrogate pair. Read the table as "
            "UTF-8.",
        ),
    ],
)
def test_refuses_a_table_that_json_has_no_values_for(X: Any, fault: str) -> None:
    with pytest.raises(NotPublishable) as refused:
        find_columns(X, ["a"])
    assert str(refused.value) == fault


@pytest.mark.parametrize("number", [2**53 + 2, -(2**53) - 2])
def test_refuses_integers_that_float64_does_not_hold(number: int) -> None:
    for values in (np.array([1, number]), make_objects(1, number, None)):
        X = pd.DataFrame({"a": values})
        with pytest.raises(NotPublishable) as refused:
            check_integers(find_columns(X, ["a"]), X)
        assert str(refused.value) == (
            "The column 'a' holds integers beyond 2**53, which float64 does not hold: are they ids? Leave the column "
            "out, or make strings of them."
        )
    check_integers([IntegerColumn("a")], np.array([[2**53], [-(2**53)]]))


def test_refuses_two_columns_of_one_name() -> None:
    with pytest.raises(NotPublishable) as refused:
        find_columns(np.zeros((2, 3)), ["b", "a", "a"])
    assert str(refused.value) == "Two columns have the name 'a'. Give each column a name of its own."
