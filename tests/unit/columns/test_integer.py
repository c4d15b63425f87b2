from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.columns.faults import FaultKind
from app.columns.integer import LARGEST_INTEGER, IntegerColumn

COLUMN = IntegerColumn("age")
INF = float("inf")


@pytest.mark.parametrize("value", [0, -3, 3.0, -0.0, 2**53, -(2.0**53), np.int8(3), np.uint64(3), np.float32(3)])
def test_accepts_a_number_without_a_fraction_however_it_is_written(value: Any) -> None:
    assert COLUMN.accepts(value)
    parsed = COLUMN.parse(value)
    assert (type(parsed), parsed) == (int, int(value))


@pytest.mark.parametrize(
    ("value", "rule", "kind"),
    [
        ("3", "must be an integer, not a string", FaultKind.WRONG_TYPE),
        (True, "must be an integer, not a boolean", FaultKind.WRONG_TYPE),
        (np.True_, "must be an integer, not a boolean", FaultKind.WRONG_TYPE),
        ([3], "must be an integer, not an array", FaultKind.WRONG_TYPE),
        ({}, "must be an integer, not an object", FaultKind.WRONG_TYPE),
        (3.5, "must be a number without a fraction", FaultKind.WRONG_TYPE),
        (5e-324, "must be a number without a fraction", FaultKind.WRONG_TYPE),
        (np.float16(0.5), "must be a number without a fraction", FaultKind.WRONG_TYPE),
        (float("nan"), "must be a finite number", FaultKind.NOT_FINITE),
        (INF, "must be a finite number", FaultKind.NOT_FINITE),
        (-(10**400), "must be a finite number", FaultKind.NOT_FINITE),
        (2**53 + 1, f"must be an integer from {-(2**53)} to {2**53}", FaultKind.OUT_OF_RANGE),
        (-1e300, f"must be an integer from {-(2**53)} to {2**53}", FaultKind.OUT_OF_RANGE),
    ],
)
def test_says_which_rule_a_value_breaks(value: Any, rule: str, kind: FaultKind) -> None:
    assert not COLUMN.accepts(value)
    assert COLUMN.explain(value) == (rule, kind)


@pytest.mark.parametrize(
    ("dtype", "limits"),
    [
        ("int8", (-128, 127)),
        ("uint8", (0, 255)),
        ("Int16", (-32768, 32767)),
        ("UInt32", (0, 2**32 - 1)),
        ("int64", (-LARGEST_INTEGER, LARGEST_INTEGER)),
        ("uint64", (0, LARGEST_INTEGER)),
        ("object", (-LARGEST_INTEGER, LARGEST_INTEGER)),
        ("float64", (-LARGEST_INTEGER, LARGEST_INTEGER)),
    ],
)
def test_holds_what_the_type_of_training_holds(dtype: str, limits: tuple[int, int]) -> None:
    column = IntegerColumn("age", dtype=dtype)
    assert column.limits == limits
    assert [column.accepts(value) for value in limits] == [True, True]
    assert [column.accepts(value) for value in (limits[0] - 1, limits[1] + 1)] == [False, False]


def test_is_limited_to_what_the_model_computes_with() -> None:
    limited = COLUMN.limit(1000.0)
    assert (limited.limits, COLUMN.limit(1e37).limits) == ((-1000, 1000), COLUMN.limits)
    assert limited.explain(1001) == ("must be an integer from -1000 to 1000", FaultKind.OUT_OF_RANGE)
