"""Integers: columns of numbers without a fraction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from app.columns.column import to_plain
from app.columns.faults import FaultKind
from app.columns.number import NumberColumn

# What float64 holds without a gap.
LARGEST_INTEGER = 2**53


@dataclass(frozen=True)
class IntegerColumn(NumberColumn):
    """A column of numbers without a fraction, `3` or `3.0`, that both float64 and the type of training hold."""

    largest: float = float(LARGEST_INTEGER)
    dtype: str = "int64"

    kind = "integer"

    def accepts(self, value: Any) -> bool:
        """Return whether `value` is such a number; a boolean is none."""
        least, greatest = self.limits
        return super().accepts(value) and float(value).is_integer() and least <= to_plain(value) <= greatest

    def explain(self, value: Any) -> tuple[str, FaultKind]:
        """Return the rule that `value` breaks, and what sort of fault that is."""
        fault = super().explain(value)
        if fault[1] is not FaultKind.OUT_OF_RANGE:
            return fault
        if not float(to_plain(value)).is_integer():
            return explain_no_integer(value)
        least, greatest = self.limits
        return f"must be an integer from {least} to {greatest}", FaultKind.OUT_OF_RANGE

    def parse(self, value: Any) -> int:
        """Return `value` as an integer."""
        return int(to_plain(value))

    def describe_value(self) -> str:
        """Return what a value is called."""
        return "an integer"

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of such a number."""
        least, greatest = self.limits
        return {"type": "integer", "minimum": least, "maximum": greatest}

    @cached_property
    def limits(self) -> tuple[int, int]:
        """The least and the greatest value: beyond those of its type, numpy would make another number of it."""
        largest = int(self.largest)
        try:
            held = np.iinfo(self.dtype.lower())
        except (TypeError, ValueError):  # a type that is not one of integers
            return -largest, largest
        return max(-largest, int(held.min)), min(largest, int(held.max))


def explain_no_integer(number: float) -> tuple[str, FaultKind]:
    """Return the rule that a number breaks which is not whole, and what sort of fault that is."""
    if not math.isfinite(number):
        return "must be a finite number", FaultKind.NOT_FINITE
    return "must be a number without a fraction", FaultKind.WRONG_TYPE
