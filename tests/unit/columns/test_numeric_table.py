from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.columns.faults import InvalidInput
from app.columns.integer import IntegerColumn
from app.columns.number import NumberColumn
from app.columns.numeric_table import NumericTable

NAN = float("nan")
TABLE = NumericTable([NumberColumn("a", missing=True), NumberColumn("b"), IntegerColumn("c", missing=True)])
FULL = NumericTable([NumberColumn("a"), IntegerColumn("b", dtype="int8")])


def list_faults(refused: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [f"{fault.pointer} {fault.message}" for fault in refused.value.faults]


@pytest.mark.parametrize("row", [[None, 2, None], {"c": None, "a": None, "b": 2.0}, (None, np.float64(2), None)])
def test_keeps_null_as_nan_where_values_may_be_missing(row: Any) -> None:
    rows = TABLE.parse_instance(row)
    assert rows.dtype == np.float64
    np.testing.assert_array_equal(rows, [[NAN, 2.0, NAN]])
    assert TABLE.to_json(rows) == [[None, 2.0, None]]


@pytest.mark.parametrize("row", [[1, None, 2], {"a": 1, "b": None, "c": 2}])
def test_refuses_null_where_training_had_no_gaps(row: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        TABLE.parse_instances([[1, 2, 3], row], ("instances",))
    key = 1 if isinstance(row, list) else "b"
    assert list_faults(refused) == [f"#/instances/1/{key} must not be null"]


@pytest.mark.parametrize("row", [[NAN, 1, 2], [None, 1, NAN], {"a": NAN, "b": 1, "c": None}, (NAN, 1, 2)])
def test_nan_is_no_way_to_write_a_missing_value(row: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        TABLE.parse_instance(row, ("features",))
    assert [fault.message for fault in refused.value.faults] == ["must be a finite number"]


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (1.5, "must be a number without a fraction"),
        (2**53 + 2, f"must be an integer from {-(2**53)} to {2**53}"),
        (-(2.0**54), f"must be an integer from {-(2**53)} to {2**53}"),
        (True, "must be an integer, not a boolean"),
    ],
)
def test_an_integer_has_no_fraction_and_a_limit(value: Any, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        TABLE.parse_instance([1e300, 1.5, value], ("features",))
    assert list_faults(refused) == [f"#/features/2 {rule}"]


@pytest.mark.parametrize("value", [128, -129.0])
def test_an_integer_is_not_beyond_the_type_of_training(value: float) -> None:
    assert FULL.parse_instance([1, 127]).tolist() == [[1.0, 127.0]]
    for parse in (FULL.parse_instance, lambda row: FULL.check_matrix(np.array([row]))):
        with pytest.raises(InvalidInput) as refused:
            parse([1.5, value])
        assert [fault.message for fault in refused.value.faults] == ["must be an integer from -128 to 127"]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_array_has_nan_for_a_missing_value(dtype: Any) -> None:
    checked = TABLE.check_matrix(np.array([[NAN, 2, NAN], [1, 2, 3]], dtype=dtype))
    np.testing.assert_array_equal(checked, [[NAN, 2.0, NAN], [1.0, 2.0, 3.0]])
    with pytest.raises(InvalidInput) as refused:
        TABLE.check_matrix(np.array([[1, 2, 3], [1, NAN, 3]], dtype=dtype))
    assert list_faults(refused) == ["#/1/1 must not be null"]


@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**308), 10**308),
            st.floats(allow_nan=False, allow_infinity=False),
            st.none() | st.integers(-(2**53), 2**53),
        ).map(list),
        max_size=4,
    )
)
def test_rows_read_back_as_they_were_written_down(rows: list[list[Any]]) -> None:
    parsed = TABLE.parse_instances(rows)
    again = TABLE.parse_instances(TABLE.to_json(parsed))
    assert parsed.shape == (len(rows), 3)
    assert parsed.tobytes() == again.tobytes()
    assert TABLE.check_matrix(parsed).tobytes() == parsed.tobytes()
    assert TABLE.encode(parsed) is parsed
