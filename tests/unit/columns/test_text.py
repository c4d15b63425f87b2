from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.columns.faults import FaultKind
from app.columns.text import TextColumn

COLUMN = TextColumn("comment", missing=True)


@pytest.mark.parametrize("value", ["", "a", "\x00", "naïve", "🦉", "null", "NaN", np.str_("a")])
def test_accepts_any_string(value: str) -> None:
    assert COLUMN.accepts(value)
    parsed = COLUMN.parse(value)
    assert (type(parsed), parsed) == (str, value)


@pytest.mark.parametrize(
    ("value", "found"),
    [(1, "a number"), (True, "a boolean"), (float("nan"), "a number"), (["a"], "an array"), ({}, "an object")],
)
def test_takes_nothing_else_for_a_string(value: Any, found: str) -> None:
    assert not COLUMN.accepts(value)
    assert COLUMN.explain(value) == (f"must be a string, not {found}", FaultKind.WRONG_TYPE)


@pytest.mark.parametrize("value", ["\ud83e", "a\udd89", "\udd89\ud83e"])
def test_refuses_half_a_surrogate_pair_which_nobody_can_write_down(value: str) -> None:
    assert not COLUMN.accepts(value)
    rule = "must be a string of whole characters, and holds half a surrogate pair"
    assert COLUMN.explain(value) == (rule, FaultKind.NOT_UTF8)


def test_is_compared_with_training_by_its_length_in_characters() -> None:
    encoded = COLUMN.encode(np.array(["", "🦉ab", None], dtype=object))
    np.testing.assert_array_equal(encoded, [0.0, 3.0, np.nan])
    assert COLUMN.n_values is None
