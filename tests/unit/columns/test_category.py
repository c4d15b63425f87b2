from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from app.columns.category import CategoryColumn, sort_values
from app.columns.faults import FaultKind

CITIES = CategoryColumn("city", values=["Bonn", "Oslo", "Rome"])
CODES = CategoryColumn("code", dtype="int64", values=[0, 1, 20])
MIXED = CategoryColumn("mark", values=[True, 1, "1"])
INF = float("inf")


def open_up(*values: Any) -> CategoryColumn:
    return CategoryColumn("any", values=list(values), unseen=True)


@pytest.mark.parametrize(
    ("column", "value", "kept"),
    [
        (CITIES, "Oslo", "Oslo"),
        (CITIES, np.str_("Oslo"), "Oslo"),
        (CODES, 20, 20),
        (CODES, 20.0, 20),
        (CODES, -0.0, 0),
        (CODES, np.uint8(20), 20),
        (CODES, np.float32(20), 20),
        (MIXED, True, True),
        (MIXED, np.True_, True),
        (MIXED, 1, 1),
        (MIXED, 1.0, 1),
        (MIXED, "1", "1"),
        (open_up("Oslo"), "Paris", "Paris"),
        (open_up(3), 4, 4),
        (open_up(3), 2**53, 2**53),
        (open_up(3), -1.0, -1),
    ],
)
def test_keeps_a_value_as_training_had_it(column: CategoryColumn, value: Any, kept: Any) -> None:
    assert column.accepts(value)
    parsed = column.parse(value)
    assert (type(parsed), parsed) == (type(kept), kept)


@pytest.mark.parametrize(
    ("column", "value", "rule", "kind"),
    [
        (CITIES, "Paris", "must be one of 'Bonn', 'Oslo', 'Rome'", FaultKind.UNKNOWN_CATEGORY),
        (CITIES, "oslo", "must be one of 'Bonn', 'Oslo', 'Rome'", FaultKind.UNKNOWN_CATEGORY),
        (CITIES, "\ud800", "must be one of 'Bonn', 'Oslo', 'Rome'", FaultKind.UNKNOWN_CATEGORY),
        (CITIES, 1, "must be a string, not a number", FaultKind.WRONG_TYPE),
        (CITIES, 1.5, "must be a string, not a number", FaultKind.WRONG_TYPE),
        (CITIES, ["Oslo"], "must be a string, not an array", FaultKind.WRONG_TYPE),
        (CODES, 2, "must be one of 0, 1, 20", FaultKind.UNKNOWN_CATEGORY),
        (CODES, 10**400, "must be one of 0, 1, 20", FaultKind.UNKNOWN_CATEGORY),
        (CODES, "20", "must be an integer, not a string", FaultKind.WRONG_TYPE),
        (CODES, True, "must be an integer, not a boolean", FaultKind.WRONG_TYPE),
        (CODES, 1.5, "must be a number without a fraction", FaultKind.WRONG_TYPE),
        (CODES, np.float32(1.5), "must be a number without a fraction", FaultKind.WRONG_TYPE),
        (CODES, float("nan"), "must be a finite number", FaultKind.NOT_FINITE),
        (CODES, INF, "must be a finite number", FaultKind.NOT_FINITE),
        (MIXED, False, "must be one of true, 1, '1'", FaultKind.UNKNOWN_CATEGORY),
        (MIXED, {}, "must be a string or an integer or a boolean, not an object", FaultKind.WRONG_TYPE),
        (open_up("Oslo"), 1, "must be a string, not a number", FaultKind.WRONG_TYPE),
        (
            open_up("Oslo"),
            "\ud800",
            "must be a string of whole characters, and holds half a surrogate pair",
            FaultKind.NOT_UTF8,
        ),
        (open_up(3), 2**53 + 1, f"must be an integer from {-(2**53)} to {2**53}", FaultKind.OUT_OF_RANGE),
        (open_up(3), -1e300, f"must be an integer from {-(2**53)} to {2**53}", FaultKind.OUT_OF_RANGE),
        (open_up(3), "3", "must be an integer, not a string", FaultKind.WRONG_TYPE),
    ],
)
def test_says_which_rule_a_value_breaks(column: CategoryColumn, value: Any, rule: str, kind: FaultKind) -> None:
    assert not column.accepts(value)
    assert column.explain(value) == (rule, kind)


def test_takes_true_for_no_number_and_one_for_no_truth() -> None:
    truths = CategoryColumn("truth", values=[True, False])
    assert [truths.accepts(value) for value in (True, 1, 1.0, "true")] == [True, False, False, False]


def test_names_twenty_values_and_counts_the_others() -> None:
    column = CategoryColumn("code", values=list(range(23)))
    listed = ", ".join(map(str, range(20)))
    assert column.explain(23) == (f"must be one of {listed} and 3 more", FaultKind.UNKNOWN_CATEGORY)
    assert CategoryColumn("code", values=list(range(20))).explain(20)[0] == f"must be one of {listed}"


def test_shortens_long_values_where_it_names_them() -> None:
    column = CategoryColumn("city", values=["a" * 40, "b" * 41])
    assert column.explain("c")[0] == f"must be one of '{'a' * 40}', '{'b' * 40}…'"


@pytest.mark.parametrize(("n_values", "is_listed"), [(200, True), (201, False)])
def test_documents_up_to_two_hundred_values(n_values: int, is_listed: bool) -> None:
    schema = CategoryColumn("code", values=list(range(n_values))).to_json_schema()
    assert schema == {"type": "integer", **({"enum": list(range(n_values))} if is_listed else {})}


def test_documents_no_values_where_others_have_an_answer() -> None:
    assert open_up("Oslo", 3).to_json_schema() == {"type": ["string", "integer"]}


def test_documents_a_column_in_which_everything_was_missing() -> None:
    schema = CategoryColumn("empty", missing=True, dtype="category").to_nullable_schema()
    Draft202012Validator.check_schema(schema)
    assert [Draft202012Validator(schema).is_valid(value) for value in (None, "a")] == [True, False]


def test_is_compared_with_training_by_the_place_of_a_value() -> None:
    encoded = MIXED.encode(np.array([1, True, "1", None, "2", False], dtype=object))
    np.testing.assert_array_equal(encoded, [1.0, 0.0, 2.0, np.nan, -1.0, -1.0])
    assert MIXED.n_values == 3


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"values": ["a", 1.5]}, "the values of the category 'x' must be strings, integers or booleans"),
        ({"values": "ab"}, "the values of the category 'x' must be strings, integers or booleans"),
        ({"values": [["a"]]}, "the values of the category 'x' must be strings, integers or booleans"),
        ({"values": ["a", "a"]}, "the values of the category 'x' must be distinct"),
        ({"unseen": 1}, "the category 'x' must say by true or false whether it is ordered, or open"),
        ({"ordered": None}, "the category 'x' must say by true or false whether it is ordered, or open"),
    ],
)
def test_refuses_what_is_no_list_of_values(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError) as refused:
        CategoryColumn("x", **changes)
    assert str(refused.value) == fault


def test_sorts_values_of_several_types() -> None:
    assert sort_values(["b", 10, True, 9, "a", False]) == [False, True, 9, 10, "a", "b"]
