from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.columns.faults import InvalidInput
from tests.support.tables import build_table

TABLE = build_table(["mean radius", "mean texture", "mean area"])
RULE = "must be an array of 3 numbers, or an object with a number for each feature by name"
NAN = float("nan")


def list_faults(refused: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [f"{fault.pointer} {fault.message}" for fault in refused.value.faults]


@pytest.mark.parametrize(
    "row",
    [
        [1, 2.5, -3e300],
        (1, 2.5, -3e300),
        np.array([1, 2.5, -3e300]),
        [np.int64(1), np.float64(2.5), np.float64(-3e300)],
        [np.uint8(1), np.float16(2.5), -3e300],
        {"mean radius": 1, "mean texture": 2.5, "mean area": -3e300},
        {"mean area": -3e300, "mean radius": 1, "mean texture": 2.5},
        {"mean area": np.float64(-3e300), "mean texture": np.float32(2.5), "mean radius": True + 0},
    ],
)
def test_accepts_a_row_by_position_or_by_name_in_any_order(row: Any) -> None:
    matrix = TABLE.parse_instance(row)
    assert matrix.dtype == np.float64
    assert matrix.tolist() == [[1.0, 2.5, -3e300]]


def test_accepts_rows_of_both_kinds_in_one_batch() -> None:
    rows = [[1, 2, 3], {"mean area": 6, "mean texture": 5, "mean radius": 4}]
    assert TABLE.parse_instances(rows).tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def test_accepts_whole_numbers_up_to_the_end_of_float64() -> None:
    assert TABLE.parse_instance([10**308, -(10**308), 2**53 + 1]).tolist() == [[1e308, -1e308, 2.0**53]]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("1.5", "must be a number, not a string"),
        ("", "must be a number, not a string"),
        (True, "must be a number, not a boolean"),
        (False, "must be a number, not a boolean"),
        (None, "must not be null"),
        ([1], "must be a number, not an array"),
        ({"a": 1}, "must be a number, not an object"),
        (1j, "must be a number, not a complex"),
        (np.str_("1"), "must be a number, not a string"),
        (np.bool_(True), "must be a number, not a boolean"),
        (NAN, "must be a finite number"),
        (float("inf"), "must be a finite number"),
        (np.float32("-inf"), "must be a finite number"),
        (10**400, "must be a finite number"),
        (-(10**400), "must be a finite number"),
    ],
)
@pytest.mark.parametrize("position", [0, 2])
def test_names_the_place_of_a_value_that_is_no_finite_number(value: Any, fault: str, position: int) -> None:
    row: list[Any] = [1.0, 2, 3.0]
    row[position] = value
    with pytest.raises(InvalidInput) as by_position:
        TABLE.parse_instances([[1, 2, 3], row], ("instances",))
    with pytest.raises(InvalidInput) as by_name:
        TABLE.parse_instance(dict(zip(TABLE.feature_names, row, strict=True)), ("features",))
    assert list_faults(by_position) == [f"#/instances/1/{position} {fault}"]
    assert list_faults(by_name) == [f"#/features/{'mean%20radius' if position == 0 else 'mean%20area'} {fault}"]


@pytest.mark.parametrize(
    ("row", "kind"),
    [("123", "a string"), (5, "a number"), (1.5, "a number"), (None, "null"), (True, "a boolean"), ({1}, "a set")],
)
def test_names_a_row_that_is_neither_array_nor_object(row: Any, kind: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        TABLE.parse_instances([[1, 2, 3], row], ("instances",))
    assert list_faults(refused) == [f"#/instances/1 {RULE}, not {kind}"]


@pytest.mark.parametrize("row", [[], [1, 2], [1, 2, 3, 4], np.arange(4)])
def test_names_the_length_of_a_row_that_is_too_short_or_too_long(row: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        TABLE.parse_instance(row, ("features",))
    assert list_faults(refused) == [f"#/features must have 3 numbers, not {len(row)}"]


def test_names_the_values_at_fault_in_a_row_of_the_wrong_length_too() -> None:
    with pytest.raises(InvalidInput) as refused:
        TABLE.parse_instance([1, "2"])
    assert list_faults(refused) == ["# must have 3 numbers, not 2", "#/1 must be a number, not a string"]


@pytest.mark.parametrize(("n_rows", "n_features"), [(100, 3), (1, 30), (7, 3)])
def test_lists_twenty_faults_of_a_batch_and_counts_all(n_rows: int, n_features: int) -> None:
    table = build_table([f"x{index}" for index in range(n_features)])
    with pytest.raises(InvalidInput) as refused:
        table.parse_instances([["x"] * n_features] * n_rows, ("instances",))
    assert len(refused.value.faults) == 20
    assert refused.value.total == n_rows * n_features


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int8, np.uint64])
def test_accepts_a_matrix_of_any_number_type_as_float64(dtype: type[np.number[Any]]) -> None:
    matrix = TABLE.check_matrix(np.array([[1, 2, 3], [4, 5, 6]], dtype=dtype))
    assert matrix.dtype == np.float64
    assert matrix.tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


@pytest.mark.parametrize("shape", [(), (3,), (1, 3, 1)])
def test_refuses_what_is_no_matrix(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError) as refused:
        TABLE.check_matrix(np.ones(shape))
    assert str(refused.value) == f"The instances must be of shape (n_instances, 3), not {shape}."


@pytest.mark.parametrize("shape", [(1, 2), (1, 4), (3, 1)])
def test_refuses_a_matrix_of_another_width(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError) as refused:
        TABLE.check_matrix(np.ones(shape))
    expected = f"Expected 3 features, got {shape[1]}: the instances must be of shape (n_instances, 3), not {shape}."
    assert str(refused.value) == expected


@pytest.mark.parametrize("dtype", ["<U1", "bool", "object", "complex128", "datetime64[D]", "|S1"])
def test_refuses_a_matrix_of_anything_but_numbers(dtype: str) -> None:
    with pytest.raises(ValueError) as refused:
        TABLE.check_matrix(np.ones((1, 3), dtype=int).astype(dtype))
    assert str(refused.value) == f"The instances must be numbers, not {dtype}."


@pytest.mark.parametrize("value", [NAN, float("inf"), -float("inf")])
def test_names_each_place_of_a_matrix_that_is_not_finite(value: float) -> None:
    with pytest.raises(InvalidInput) as refused:
        TABLE.check_matrix(np.array([[1, value, 3], [4, 5, value]]))
    assert list_faults(refused) == ["#/0/1 must be a finite number", "#/1/2 must be a finite number"]


def test_a_model_of_one_feature_accepts_rows_of_one_number() -> None:
    table = build_table(["x"])
    assert table.parse_instances([[1], {"x": 2}, (3,)]).tolist() == [[1.0], [2.0], [3.0]]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (1001, "must be a number from -1000 to 1000"),
        (-1000.5, "must be a number from -1000 to 1000"),
        (10**300, "must be a number from -1000 to 1000"),
        (10**400, "must be a finite number"),
        (NAN, "must be a finite number"),
    ],
)
def test_names_the_place_of_a_number_that_is_too_large_for_the_model(value: float, fault: str) -> None:
    table = build_table(["x", "y"], largest=1000)
    with pytest.raises(InvalidInput) as refused:
        table.parse_instances([[1000, -1000], [1, value]])
    assert list_faults(refused) == [f"#/1/1 {fault}"]


def test_names_the_place_of_a_number_of_a_matrix_that_is_too_large_for_the_model() -> None:
    table = build_table(["x", "y"], largest=1000)
    with pytest.raises(InvalidInput) as refused:
        table.check_matrix(np.array([[1000, -1000], [1, -1001]]))
    assert list_faults(refused) == ["#/1/1 must be a number from -1000 to 1000"]
