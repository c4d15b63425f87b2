"""What every kind of column promises."""

from __future__ import annotations

import json
from dataclasses import replace
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
from app.columns.faults import FaultKind
from app.columns.integer import IntegerColumn
from app.columns.kinds import KINDS, build_table, parse_column
from app.columns.mixed_table import MixedTable
from app.columns.number import NumberColumn
from app.columns.numeric_table import NumericTable
from app.columns.text import TextColumn

COLUMNS: list[Column] = [
    NumberColumn("a"),
    NumberColumn("a", dtype="float32").limit(100.0),
    IntegerColumn("a", dtype="uint8"),
    BooleanColumn("a", dtype="boolean"),
    CategoryColumn("a", values=["x", "y"]),
    CategoryColumn("a", values=[True, 1, "1"]),
    CategoryColumn("a", dtype="category", values=[3, 1, 2], ordered=True),
    CategoryColumn("a", values=["x", 1], unseen=True),
    TextColumn("a", dtype="str"),
    DateTimeColumn("a", dtype="datetime64[ns, UTC]"),
]
GIVEN = [
    0, 1, 3, -3, 255, 256, 2**53, 2**53 + 1, 1.0, 1.5, -0.0, 99.5, 100.5, 1e300, 10**400, True, False, "x", "y", "z",
    "1", "", "\ud800", "true", "2026-01-31", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00", "2026-02-30", [], {}, [1],
]  # fmt: skip
FORMATS = Draft202012Validator.FORMAT_CHECKER

any_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.sampled_from(GIVEN),
    lambda children: st.lists(children, max_size=2) | st.dictionaries(st.text(), children, max_size=2),
    max_leaves=3,
)


def name(column: Column) -> str:
    return f"{column.kind}-{column.dtype}"


@pytest.mark.parametrize("value", GIVEN, ids=lambda value: repr(value)[:30])
@pytest.mark.parametrize("column", COLUMNS, ids=name)
def test_the_document_says_what_is_accepted(column: Column, value: Any) -> None:
    is_valid = Draft202012Validator(column.to_json_schema(), format_checker=FORMATS).is_valid(value)
    if value == "\ud800" or isinstance(column, CategoryColumn) and column.unseen:
        # Of whole characters, and of integers up to 2**53, are all documents that come over the wire and back.
        assert is_valid >= column.accepts(value)
    else:
        assert is_valid == column.accepts(value)


@pytest.mark.parametrize("is_missing", [True, False])
@pytest.mark.parametrize("column", COLUMNS, ids=name)
def test_null_is_valid_just_where_values_may_be_missing(column: Column, is_missing: bool) -> None:
    schema = replace(column, missing=is_missing).to_nullable_schema()
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(None) == is_missing
    assert (schema == column.to_json_schema()) == (not is_missing)
    accepted = [value for value in GIVEN if column.accepts(value)]
    assert [value for value in accepted if not Draft202012Validator(schema).is_valid(value)] == []


@pytest.mark.parametrize("column", COLUMNS, ids=name)
def test_metadata_keep_a_column_as_it_is(column: Column) -> None:
    document = json.loads(json.dumps(column.to_json()))
    parsed = parse_column(document)
    assert document["kind"] == column.kind
    assert parsed.to_json() == column.to_json()
    # How large a number may be is for the model to say, which is asked anew when it is loaded.
    assert (parsed.limit(100.0) if column == COLUMNS[1] and isinstance(parsed, NumberColumn) else parsed) == column


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (None, f"'columns' must be objects with a kind, which is one of {', '.join(KINDS)}"),
        ({"name": "a"}, f"'columns' must be objects with a kind, which is one of {', '.join(KINDS)}"),
        ({"kind": "money"}, f"'columns' must be objects with a kind, which is one of {', '.join(KINDS)}"),
        ({"kind": []}, f"'columns' must be objects with a kind, which is one of {', '.join(KINDS)}"),
        (
            {"kind": "text", "name": "a"},
            "a column of the kind 'text' has just the keys kind, dtype, gap, missing, name",
        ),
        (
            {**TextColumn("a").to_json(), "values": []},
            "a column of the kind 'text' has just the keys kind, dtype, gap, missing, name",
        ),
        (
            {**TextColumn("a").to_json(), "missing": None},
            "the columns must say by true or false whether values are missing, and name their type",
        ),
        (
            {**TextColumn("a").to_json(), "dtype": 1},
            "the columns must say by true or false whether values are missing, and name their type",
        ),
        (
            {**TextColumn("a").to_json(), "gap": "null"},
            "the columns must say what stands for a missing value: nan, None, NA",
        ),
    ],
)
def test_refuses_metadata_that_describe_no_column(document: Any, fault: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_column(document)
    assert str(refused.value) == fault


@given(value=any_value)
@pytest.mark.parametrize("column", COLUMNS, ids=name)
def test_a_value_is_kept_and_counted_or_refused_with_a_rule(column: Column, value: Any) -> None:
    if value is None:
        return
    if not column.accepts(value):
        rule, kind = column.explain(value)
        assert rule.startswith("must be ")
        assert isinstance(kind, FaultKind)
        return
    kept = column.parse(value)
    assert column.accepts(kept)
    assert column.parse(kept) == kept
    values = np.empty(2, dtype=object)
    values[:] = [kept, None]
    assert np.isfinite(column.encode(values)).tolist() == [True, False]


def test_a_table_of_numbers_alone_is_a_matrix() -> None:
    assert isinstance(build_table([NumberColumn("a"), IntegerColumn("b")]), NumericTable)
    assert isinstance(build_table([NumberColumn("a"), TextColumn("b")]), MixedTable)
