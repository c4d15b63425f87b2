"""What the estimator is handed is what it was trained on, value by value and type by type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from pandas.testing import assert_frame_equal

from app.columns.boolean import BooleanColumn
from app.columns.category import CategoryColumn
from app.columns.column import Column
from app.columns.kinds import build_table
from app.columns.number import NumberColumn
from app.columns.text import TextColumn
from app.engines.inputs import ArrayInput, FrameInput, choose_input
from app.tables.kinds import find_columns
from app.tables.rows import to_rows

NAN = float("nan")
MOMENTS = pd.to_datetime(pd.Series(["2020-07-01T12:00:00", None, "2021-02-03T04:05:06"]), format="ISO8601")
SERIES = {
    **{name: pd.Series([0, 1, 100], dtype=name) for name in ("int8", "int16", "int32", "int64")},
    **{name: pd.Series([0, 1, 255], dtype=name) for name in ("uint8", "uint16", "uint32", "uint64")},
    **{name: pd.Series([0.1, NAN, -1e4], dtype=name) for name in ("float16", "float32", "float64")},
    **{name: pd.Series([0, None, 100], dtype=name) for name in ("Int8", "Int16", "Int32", "Int64")},
    **{name: pd.Series([0, None, 100], dtype=name) for name in ("UInt8", "UInt16", "UInt32", "UInt64")},
    **{name: pd.Series([0.1, None, 100], dtype=name) for name in ("Float32", "Float64")},
    "Int64 of 2**53": pd.Series([2**53, None, -(2**53)], dtype="Int64"),
    "bool": pd.Series([True, False, True]),
    "boolean": pd.Series([True, None, False], dtype="boolean"),
    "str": pd.Series(["a", None, "b"], dtype="str"),
    "string": pd.Series(["a", None, "b"], dtype="string"),
    "category": pd.Series(["a", None, "b"], dtype=pd.CategoricalDtype(["b", "c", "a"])),
    "ordered category": pd.Series(["a", None, "b"], dtype=pd.CategoricalDtype(["b", "c", "a"], ordered=True)),
    "category of objects": pd.Series(
        ["a", None, "b"], dtype=pd.CategoricalDtype(pd.Index(["b", "a"], dtype=object))
    ),
    "category of int8": pd.Series([3, None, 1], dtype=pd.CategoricalDtype(pd.Index([3, 1], dtype="int8"))),
    "category of float64": pd.Series([3.0, None, 1.0], dtype=pd.CategoricalDtype([3.0, 1.0])),
    "category of booleans": pd.Series([True, None, False], dtype="category"),
    "category of nothing": pd.Series([None, None, None], dtype="category"),
    **{f"datetime64[{unit}]": MOMENTS.astype(f"datetime64[{unit}]") for unit in ("s", "ms", "us", "ns")},
    "date-times in UTC": MOMENTS.dt.tz_localize("UTC"),
    "date-times in Rome": MOMENTS.dt.tz_localize("Europe/Rome"),
    "date-times at +05:45": MOMENTS.dt.tz_localize("+05:45"),
    "sparse": pd.Series([0.0, 0.0, 1.5], dtype="Sparse[float64]"),
    **{
        f"{of} or {gap!r}": pd.Series([first, gap, second], dtype=object)
        for of, first, second in [("bool", True, False), ("str", "a", "b"), ("int", 1, 2), ("float", 1.5, 2.0)]
        for gap in (None, NAN, pd.NA)
    },
    "objects of many types": pd.Series([1, "a", True], dtype=object),
    "objects that are missing": pd.Series([None, None, None], dtype=object),
}  # fmt: skip


def read_back(X: pd.DataFrame) -> tuple[list[Column], list[list[Any]]]:
    columns = find_columns(X, list(X.columns))
    return columns, build_table(columns).to_json(to_rows(X, columns))


def assert_equal(given: pd.DataFrame, trained: pd.DataFrame) -> None:
    assert_frame_equal(given, trained, check_exact=True)
    for name in trained:
        # For which None, NaN and pandas' mark are equal, as True and 1 are; not so for encoders.
        types = [[type(value) for value in frame[name].tolist()] for frame in (given, trained)]
        assert types[0] == types[1]


@pytest.mark.parametrize("is_alone", [True, False])
@pytest.mark.parametrize("name", SERIES)
def test_a_frame_is_of_the_types_of_training(name: str, is_alone: bool) -> None:
    X = pd.DataFrame({"a": SERIES[name], **({} if is_alone else {"b": ["x", "y", "z"]})})
    columns, rows = read_back(X)
    table, build_input = build_table(columns), FrameInput(columns)
    assert_equal(build_input(table.parse_instances(rows)), X)
    for number, row in enumerate(rows):
        assert_equal(build_input(table.parse_instance(row)), X[number : number + 1].reset_index(drop=True))


def test_a_frame_of_all_types_is_as_it_was() -> None:
    X = pd.DataFrame(SERIES)
    columns, rows = read_back(X)
    assert_equal(FrameInput(columns)(build_table(columns).parse_instances(rows)), X)


def test_a_category_that_training_has_not_seen_is_missing_where_pandas_knows_none() -> None:
    column = CategoryColumn("a", dtype="category", values=["x", "y"], unseen=True)
    frame = FrameInput([column])(np.array([["y"], ["z"]], dtype=object))
    assert frame["a"].cat.codes.tolist() == [1, -1]


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "int8", "uint16", "bool"])
def test_an_array_is_of_the_type_of_training(dtype: str) -> None:
    X = np.array([[0, 1, 1], [1, 0, 1]], dtype=dtype)
    columns = find_columns(X, ["a", "b", "c"])
    table = build_table(columns)
    built = ArrayInput(columns)(table.parse_instances(table.to_json(to_rows(X, columns))))
    assert built.dtype == X.dtype
    assert built.tolist() == X.tolist()


def test_an_array_of_objects_has_the_marks_of_training_for_missing_values() -> None:
    X = np.array([["a", None, NAN], [None, 1, 2.5], ["b", 2, 1.5]], dtype=object)
    columns = find_columns(X, ["a", "b", "c"])
    table = build_table(columns)
    rows = table.parse_instances(table.to_json(to_rows(X, columns)))
    built = ArrayInput(columns)(rows)
    assert [[repr(value) for value in row] for row in built.tolist()] == [
        ["'a'", "None", "nan"], ["None", "1", "2.5"], ["'b'", "2", "1.5"],
    ]  # fmt: skip
    assert rows[1, 0] is None  # the rows are others' as well


@pytest.mark.parametrize(
    "columns",
    [
        [NumberColumn(name) for name in "abc"],
        [NumberColumn(name, dtype="float32") for name in "abc"],
        [NumberColumn(name, dtype="object") for name in "abc"],
    ],
)
@pytest.mark.parametrize(
    "arrange", [np.ascontiguousarray, np.asfortranarray, lambda rows: np.repeat(rows, 2, 1)[:, ::2]]
)
def test_an_array_lies_row_by_row_in_memory(columns: list[Column], arrange: Any) -> None:
    rows: NDArray[np.float64] = arrange(np.arange(12.0).reshape(4, 3))
    built = ArrayInput(columns)(rows)
    assert built.flags.c_contiguous
    assert built.tolist() == rows.tolist()


def test_an_array_of_numbers_is_handed_on_as_it_is() -> None:
    rows = np.arange(6.0).reshape(2, 3)
    assert ArrayInput([NumberColumn(name) for name in "abc"])(rows) is rows


def test_texts_are_a_list_of_strings() -> None:
    build_input = choose_input("texts", [TextColumn("text")])
    assert build_input(np.array([["a"], [""]], dtype=object)) == ["a", ""]


@pytest.mark.parametrize(("container", "kind"), [("array", ArrayInput), ("frame", FrameInput)])
def test_what_the_estimator_was_trained_on_is_chosen(container: str, kind: type) -> None:
    assert isinstance(choose_input(container, [BooleanColumn("a")]), kind)
