from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.columns.boolean import BooleanColumn
from app.columns.category import CategoryColumn
from app.columns.column import Column
from app.columns.date_time import DateTimeColumn
from app.columns.faults import InvalidInput
from app.columns.integer import IntegerColumn
from app.columns.json_object import RepeatingObject
from app.columns.mixed_table import MixedTable
from app.columns.number import NumberColumn
from app.columns.text import TextColumn

COLUMNS: list[Column] = [
    NumberColumn("income", missing=True),
    IntegerColumn("age"),
    BooleanColumn("member", missing=True),
    CategoryColumn("city", values=["Bonn", "Oslo"], missing=True),
    TextColumn("comment", missing=True),
    DateTimeColumn("since", missing=True),
]
TABLE = MixedTable(COLUMNS)
NAMES = TABLE.feature_names
ROW = [1.5, 30, True, "Oslo", "good", "2026-01-31T12:00:00Z"]
KEPT = [1.5, 30, True, "Oslo", "good", datetime(2026, 1, 31, 12, tzinfo=UTC)]
RULE = "must be an array of 6 values, or an object with a value for each feature by name"

value_of = {
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "integer": st.integers(-(2**53), 2**53),
    "boolean": st.booleans(),
    "text": st.text(),
    "date-time": st.datetimes(datetime(1678, 1, 2), datetime(2261, 12, 30), timezones=st.just(UTC)).map(str),
}


def draw_value(column: Column) -> st.SearchStrategy[Any]:
    values = st.sampled_from(column.values) if isinstance(column, CategoryColumn) else value_of[column.kind]
    return values | st.none() if column.missing else values


@st.composite
def draw_column(draw: st.DrawFn, name: str) -> Column:
    missing = draw(st.booleans())
    kind = draw(st.sampled_from([NumberColumn, IntegerColumn, BooleanColumn, TextColumn, DateTimeColumn]))
    values = draw(st.lists(st.text() | st.integers(-100, 100), min_size=1, max_size=30, unique=True) | st.none())
    return kind(name, missing) if values is None else CategoryColumn(name, missing, values=values)


@st.composite
def draw_table(draw: st.DrawFn) -> tuple[MixedTable, list[list[Any]]]:
    names = draw(st.lists(st.text(), min_size=1, max_size=5, unique=True))
    columns = [draw(draw_column(name)) for name in names]
    return MixedTable(columns), draw(st.lists(st.tuples(*map(draw_value, columns)).map(list), max_size=4))


def list_faults(refused: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [f"{fault.pointer} {fault.message}" for fault in refused.value.faults]


@pytest.mark.parametrize(
    "row", [ROW, tuple(ROW), dict(zip(NAMES, ROW, strict=True)), dict(zip(NAMES[::-1], ROW[::-1], strict=True))]
)
def test_keeps_a_row_by_position_or_by_name(row: Any) -> None:
    assert TABLE.parse_instance(row).tolist() == [KEPT]
    assert TABLE.parse_instances([ROW, row]).tolist() == [KEPT, KEPT]


def test_null_is_a_value_where_there_were_gaps() -> None:
    rows = TABLE.parse_instance([None, 30, None, None, None, None])
    assert rows.tolist() == [[None, 30, None, None, None, None]]
    with pytest.raises(InvalidInput) as refused:
        TABLE.parse_instance([None] * 6, ("features",))
    assert list_faults(refused) == ["#/features/1 must not be null"]


@pytest.mark.parametrize(
    ("place", "value", "rule"),
    [
        (0, float("nan"), "must be a finite number"),
        (0, "1.5", "must be a number, not a string"),
        (1, 1.5, "must be a number without a fraction"),
        (2, 1, "must be true or false, not a number"),
        (3, "Paris", "must be one of 'Bonn', 'Oslo'"),
        (4, 1, "must be a string, not a number"),
        (4, float("nan"), "must be a string, not a number"),
        (5, "2262-01-01", "must be of the years 1678 to 2261, in UTC"),
    ],
)
def test_names_the_place_of_a_wrong_value(place: int, value: Any, rule: str) -> None:
    row: list[Any] = [*ROW]
    row[place] = value
    with pytest.raises(InvalidInput) as by_position:
        TABLE.parse_instances([ROW, row], ("instances",))
    with pytest.raises(InvalidInput) as by_name:
        TABLE.parse_instance(dict(zip(NAMES, row, strict=True)), ("features",))
    assert list_faults(by_position) == [f"#/instances/1/{place} {rule}"]
    assert list_faults(by_name) == [f"#/features/{NAMES[place]} {rule}"]


def test_lists_the_faults_of_rows_and_columns_in_their_order() -> None:
    with pytest.raises(InvalidInput) as refused:
        TABLE.parse_instances([[1, 2.5, 3, "Oslo", "", None], "row", ROW[:5], {"citi": 1}], ("instances",))
    assert list_faults(refused) == [
        "#/instances/0/1 must be a number without a fraction",
        "#/instances/0/2 must be true or false, not a number",
        f"#/instances/1 {RULE}, not a string",
        "#/instances/2 must have 6 values, not 5",
        "#/instances/3/citi is not a feature of the model; did you mean 'city'?",
        *(f"#/instances/3/{name} is missing" for name in NAMES),
    ]


def test_a_key_that_stands_twice_is_a_fault() -> None:
    row = RepeatingObject(zip(NAMES, ROW, strict=True))
    row.repeated = ("city",)
    with pytest.raises(InvalidInput) as refused:
        TABLE.parse_instance(row, ("features",))
    assert list_faults(refused) == ["#/features/city is given more than once"]


def test_no_rows_are_a_table_without_rows() -> None:
    rows = TABLE.parse_instances([])
    assert (rows.shape, TABLE.to_json(rows), TABLE.encode(rows).shape) == ((0, 6), [], (0, 6))


def test_checks_an_array_in_which_nan_is_a_missing_value() -> None:
    rows = TABLE.check_matrix(np.array([ROW, [float("nan"), 30, None, None, None, None]], dtype=object))
    assert rows.tolist() == [KEPT, [None, 30, None, None, None, None]]
    with pytest.raises(InvalidInput) as refused:
        TABLE.check_matrix(np.array([[1.0, float("nan"), True, None, None, None]], dtype=object))
    assert list_faults(refused) == ["#/0/1 must not be null"]
    with pytest.raises(ValueError, match=r"^Expected 6 features, got 5: the instances must be of shape"):
        TABLE.check_matrix(np.array([ROW[:5]], dtype=object))


def test_counts_each_value_as_a_number_to_compare_with_training() -> None:
    seconds = datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp()
    encoded = TABLE.encode(TABLE.parse_instances([ROW, [None, 30, None, None, None, None]]))
    nan = float("nan")
    np.testing.assert_array_equal(encoded, [[1.5, 30, 1, 1, 4, seconds], [nan, 30, nan, nan, nan, nan]])


def test_describes_rows_of_several_kinds() -> None:
    schema = TABLE.to_json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    rows = [ROW, dict(zip(NAMES, ROW, strict=True)), [None, 30, None, None, None, None]]
    assert [validator.is_valid(row) for row in rows] == [True, True, True]
    wrong = [ROW[:5], [*ROW, 1], [None] * 6, {"income": 1.5}, [1.5, 30, 1, "Oslo", "", None]]
    assert [validator.is_valid(row) for row in wrong] == [False] * 5


@given(draw_table())
def test_rows_of_any_table_read_back_as_they_were_written_down(drawn: tuple[MixedTable, list[list[Any]]]) -> None:
    table, rows = drawn
    parsed = table.parse_instances(rows)
    written = table.to_json(parsed)
    assert table.parse_instances(json.loads(json.dumps(written))).tolist() == parsed.tolist()
    by_name = [dict(zip(table.feature_names, row, strict=True)) for row in rows]
    assert table.parse_instances(by_name).tolist() == parsed.tolist()
    assert [table.parse_instance(row).tolist() for row in rows] == [[row] for row in parsed.tolist()]
    is_missing = np.array([[value is None for value in row] for row in rows]).reshape(parsed.shape)
    assert (np.isnan(table.encode(parsed)) == is_missing).all()
    validator = Draft202012Validator(table.to_json_schema())
    assert all(validator.is_valid(row) for row in written)


@given(draw_table(), st.data())
def test_a_fault_points_at_its_place_in_any_table(
    drawn: tuple[MixedTable, list[list[Any]]], data: st.DataObject
) -> None:
    table, rows = drawn
    if not rows:
        return
    number = data.draw(st.integers(0, len(rows) - 1))
    place = data.draw(st.integers(0, table.n_features - 1))
    rows[number][place] = []  # of no kind
    with pytest.raises(InvalidInput) as refused:
        table.parse_instances(rows, ("instances",))
    assert [fault.path for fault in refused.value.faults] == [("instances", number, place)]
