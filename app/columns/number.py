"""Numbers: columns of float64."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from app.columns.column import Column, name_type, to_plain
from app.columns.faults import FaultKind

PLAIN_NUMBERS = frozenset({int, float})


@dataclass(frozen=True)
class NumberColumn(Column):
    """A column of numbers, neither infinite nor NaN, of a magnitude of at most `largest`."""

    largest: float = sys.float_info.max

    kind = "number"
    is_numeric = True

    def accepts(self, value: Any) -> bool:
        """Return whether `value` is such a number; a boolean is none."""
        number = to_plain(value)
        return type(number) in PLAIN_NUMBERS and bool(abs(number) <= self.largest)

    def explain(self, value: Any) -> tuple[str, FaultKind]:
        """Return the rule that `value` breaks, and what sort of fault that is."""
        value = to_plain(value)
        if type(value) not in PLAIN_NUMBERS:
            return f"must be {self.describe_value()}, not {name_type(value)}", FaultKind.WRONG_TYPE
        # float64 holds no larger number: an integer of more digits is as good as infinite.
        if not abs(value) <= sys.float_info.max:
            return "must be a finite number", FaultKind.NOT_FINITE
        return f"must be a number from {-self.largest:g} to {self.largest:g}", FaultKind.OUT_OF_RANGE

    def parse(self, value: Any) -> float:
        """Return `value` as float64."""
        return float(value)

    @property
    def value_bytes(self) -> int:
        """As long as the longest float64."""
        return len("-2.2250738585072014e-308")

    def describe_value(self) -> str:
        """Return what a value is called."""
        return "a number"

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of such a number."""
        return {"type": "number", "minimum": -self.largest, "maximum": self.largest}

    def to_json(self) -> dict[str, Any]:
        """Return what metadata keep of the column; how large its numbers may be is for the model to say."""
        return {key: value for key, value in super().to_json().items() if key != "largest"}

    def limit(self, largest: float) -> Self:
        """Return the column of numbers of so great a magnitude at most."""
        return replace(self, largest=min(largest, self.largest))

    def encode(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the numbers themselves."""
        return values.astype(np.float64, copy=False)

    def measure_range(self, values: NDArray[Any]) -> dict[str, float]:
        """Return the least and the greatest of the training values that are present, if any is."""
        numbers = self.encode(values)
        present = numbers[~np.isnan(numbers)]
        return {"min": float(present.min()), "max": float(present.max())} if present.size else {"min": 0.0, "max": 0.0}
