"""Numbers: columns of float64."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.column import name_type
from app.columns.distributions import FeatureDistributions
from app.columns.faults import FaultKind

PLAIN_NUMBERS = frozenset({int, float})


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers, neither infinite nor NaN, of a magnitude of at most `largest`."""

    name: str
    largest: float = sys.float_info.max

    def accepts(self, value: Any) -> bool:
        """Return whether `value` is such a number; a boolean is none."""
        number = _to_plain(value)
        return type(number) in PLAIN_NUMBERS and bool(abs(number) <= self.largest)

    def explain(self, value: Any) -> tuple[str, FaultKind]:
        """Return the rule that `value` breaks, and what sort of fault that is."""
        value = _to_plain(value)
        if type(value) not in PLAIN_NUMBERS:
            return f"must be a number, not {name_type(value)}", FaultKind.WRONG_TYPE
        # float64 holds no larger number: an integer of more digits is as good as infinite.
        if not abs(value) <= sys.float_info.max:
            return "must be a finite number", FaultKind.NOT_FINITE
        return f"must be a number from {-self.largest:g} to {self.largest:g}", FaultKind.OUT_OF_RANGE

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of such a number."""
        return {"type": "number", "minimum": -self.largest, "maximum": self.largest}

    def measure_range(self, values: NDArray[np.float64]) -> dict[str, float]:
        """Return the least and the greatest of the training values, of shape (n_instances,)."""
        return {"min": float(values.min()), "max": float(values.max())}

    def measure_distribution(self, values: NDArray[np.float64]) -> dict[str, list[float]]:
        """Return the deciles of the training values, of shape (n_instances,), and the share of each."""
        return FeatureDistributions.measure(values[:, np.newaxis]).to_json([self.name])[self.name]


def _to_plain(value: Any) -> Any:
    """Return a scalar of numpy as what Python itself would use; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value
