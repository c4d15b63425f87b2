"""Texts: columns of strings, any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.column import Column, name_type
from app.columns.faults import FaultKind

HALF_A_PAIR = ("must be a string of whole characters, and holds half a surrogate pair", FaultKind.NOT_UTF8)
"""What is wrong with a text that JSON can write and UTF-8 cannot."""


@dataclass(frozen=True)
class TextColumn(Column):
    """A column of strings; their lengths are what is compared with training."""

    dtype: str = "object"

    kind = "text"

    def accepts(self, value: Any) -> bool:
        """Return whether `value` is a string that can be written down."""
        return isinstance(value, str) and is_encodable(value)

    def explain(self, value: Any) -> tuple[str, FaultKind]:
        """Return the rule that `value` breaks, and what sort of fault that is."""
        if isinstance(value, str):
            return HALF_A_PAIR
        return f"must be a string, not {name_type(value)}", FaultKind.WRONG_TYPE

    def parse(self, value: Any) -> str:
        """Return `value` as a string."""
        return str(value)

    @property
    def value_bytes(self) -> int:
        """A page's paragraph."""
        return 1000

    def describe_value(self) -> str:
        """Return what a value is called."""
        return "a string"

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a string."""
        return {"type": "string"}

    def encode(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the length of each text in characters."""
        return np.array([np.nan if value is None else len(value) for value in values], dtype=np.float64)


def is_encodable(text: str) -> bool:
    """Return whether `text` can be written down as UTF-8."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
