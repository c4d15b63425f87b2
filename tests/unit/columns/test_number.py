from __future__ import annotations

import sys

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from app.columns.number import NumberColumn

COLUMN = NumberColumn("mean radius", largest=100.0)


def test_holds_any_number_of_float64_unless_it_is_limited() -> None:
    assert NumberColumn("mean radius").largest == sys.float_info.max


@pytest.mark.parametrize("value", [-100.0, 100, 0, 0.5, 100.1, -101, None, "1", True])
def test_describes_what_it_accepts(value: object) -> None:
    # JSON Schema has no booleans among its numbers, and neither has a column.
    assert Draft202012Validator(COLUMN.to_json_schema()).is_valid(value) == COLUMN.accepts(value)


def test_measures_the_range_of_the_training_values() -> None:
    assert COLUMN.measure_range(np.array([3.0, -1.5, 2.0])) == {"min": -1.5, "max": 3.0}
