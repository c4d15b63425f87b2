from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.columns.boolean import BooleanColumn
from app.columns.faults import FaultKind

COLUMN = BooleanColumn("member", missing=True)


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
def test_accepts_true_and_false(value: Any) -> None:
    assert COLUMN.accepts(value)
    assert COLUMN.parse(value) is bool(value)


@pytest.mark.parametrize(
    ("value", "found"),
    [(1, "a number"), (0.0, "a number"), (np.int8(1), "a number"), ("true", "a string"), ([], "an array")],
)
def test_takes_nothing_else_for_one_of_them(value: Any, found: str) -> None:
    assert not COLUMN.accepts(value)
    assert COLUMN.explain(value) == (f"must be true or false, not {found}", FaultKind.WRONG_TYPE)


def test_is_compared_with_training_as_two_values() -> None:
    encoded = COLUMN.encode(np.array([True, None, False], dtype=object))
    np.testing.assert_array_equal(encoded, [1.0, np.nan, 0.0])
    assert COLUMN.n_values == 2
