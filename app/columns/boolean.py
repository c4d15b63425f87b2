"""Booleans: columns of true and false."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.column import Column, encode_each, name_type, to_plain
from app.columns.faults import FaultKind

_NUMBERS = {False: 0.0, True: 1.0}


@dataclass(frozen=True)
class BooleanColumn(Column):
    """A column of `true` and `false`; 0 and 1 are none of them."""

    dtype: str = "bool"

    kind = "boolean"

    def accepts(self, value: Any) -> bool:
        """Return whether `value` is one of the two."""
        return type(to_plain(value)) is bool

    def explain(self, value: Any) -> tuple[str, FaultKind]:
        """Return the rule that `value` breaks, and what sort of fault that is."""
        return f"must be true or false, not {name_type(to_plain(value))}", FaultKind.WRONG_TYPE

    def parse(self, value: Any) -> bool:
        """Return `value` as a boolean."""
        return bool(value)

    def describe_value(self) -> str:
        """Return what a value is called."""
        return "a boolean"

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a boolean."""
        return {"type": "boolean"}

    def encode(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return 0 for false and 1 for true."""
        return encode_each(values, _NUMBERS)

    @property
    def n_values(self) -> int:
        """Two."""
        return len(_NUMBERS)
