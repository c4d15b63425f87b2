"""Categories: columns of values from a list, which are strings, integers or booleans."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.column import Column, encode_each, name_type, to_plain
from app.columns.faults import FaultKind
from app.columns.integer import LARGEST_INTEGER, explain_no_integer
from app.columns.text import HALF_A_PAIR, is_encodable

MAX_DOCUMENTED_VALUES = 200
_MAX_NAMED_VALUES = 20
_MAX_NAMED_LENGTH = 40

_TYPES = {str: "string", int: "integer", bool: "boolean"}
_ARTICLES = {"string": "a string", "integer": "an integer", "boolean": "a boolean"}

# A value with its type, for Python holds True, 1 and 1.0 for the same.
_Key = tuple[type, Any]


@dataclass(frozen=True)
class CategoryColumn(Column):
    """A column of the `values` of training, in the order in which pandas or numpy had them.

    `unseen` says that the model was shown to have an answer for other values of the same types.
    """

    dtype: str = "object"
    values: list[Any] = field(default_factory=list)
    unseen: bool = False
    ordered: bool = False
    values_dtype: str = "object"
    """Of what type pandas had the values of its own type for categories."""

    kind = "category"

    def __post_init__(self) -> None:
        """Raise `ValueError` for what is no list of values."""
        super().__post_init__()
        if not isinstance(self.values, list) or not {type(value) for value in self.values} <= _TYPES.keys():
            raise ValueError(f"the values of the category {self.name!r} must be strings, integers or booleans")
        if len(self._numbers) != len(self.values):
            raise ValueError(f"the values of the category {self.name!r} must be distinct")
        if type(self.unseen) is not bool or type(self.ordered) is not bool or not isinstance(self.values_dtype, str):
            raise ValueError(f"the category {self.name!r} must say by true or false whether it is ordered, or open")

    def accepts(self, value: Any) -> bool:
        """Return whether `value` is one of the values, or of their types where others have an answer."""
        key = _to_key(value)
        return key is not None and (key in self._numbers or self.unseen and self._is_alike(key))

    def explain(self, value: Any) -> tuple[str, FaultKind]:
        """Return the rule that `value` breaks, and what sort of fault that is."""
        key = _to_key(value)
        if isinstance(to_plain(value), float) and int in self._types and key is None:
            return explain_no_integer(to_plain(value))
        if key is None or key[0] not in self._types:
            return f"must be {self.describe_value()}, not {name_type(to_plain(value))}", FaultKind.WRONG_TYPE
        if self.unseen and key[0] is str:
            return HALF_A_PAIR
        if self.unseen:
            return f"must be an integer from {-LARGEST_INTEGER} to {LARGEST_INTEGER}", FaultKind.OUT_OF_RANGE
        listed = ", ".join(map(_quote, self.values[:_MAX_NAMED_VALUES]))
        n_more = len(self.values) - _MAX_NAMED_VALUES
        return f"must be one of {listed}{f' and {n_more} more' if n_more > 0 else ''}", FaultKind.UNKNOWN_CATEGORY

    def parse(self, value: Any) -> Any:
        """Return `value` as a string, an integer or a boolean."""
        key = _to_key(value)
        return key[1] if key else None

    @property
    def value_bytes(self) -> int:
        """As long as the longest of the values."""
        return max((len(json.dumps(value)) for value in self.values), default=super().value_bytes)

    def describe_value(self) -> str:
        """Return what a value is called."""
        return " or ".join(_ARTICLES[name] for name in self._type_names) or "a string"

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a value: the list of them where it is closed, and not too long."""
        names = self._type_names or ["string"]
        schema: dict[str, Any] = {"type": names[0] if len(names) == 1 else names}
        if not self.unseen and len(self.values) <= MAX_DOCUMENTED_VALUES:
            schema["enum"] = list(self.values)
        return schema

    def encode(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the index of each value, -1 for one that training has not seen."""
        keys = [None if value is None else _to_key(value) for value in values]
        return encode_each(keys, self._numbers)

    @property
    def n_values(self) -> int:
        """How many values there were in training."""
        return len(self.values)

    def _is_alike(self, key: _Key) -> bool:
        """Return whether a value that training has not seen is one that it might have."""
        kind, value = key
        if kind is int and abs(value) > LARGEST_INTEGER or kind is str and not is_encodable(value):
            return False
        return kind in self._types

    @cached_property
    def _numbers(self) -> dict[_Key, float]:
        return {(type(value), value): float(index) for index, value in enumerate(self.values)}

    @cached_property
    def _types(self) -> frozenset[type]:
        return frozenset(map(type, self.values))

    @property
    def _type_names(self) -> list[str]:
        return [name for kind, name in _TYPES.items() if kind in self._types]


def sort_values(values: Iterable[Any]) -> list[Any]:
    """Return distinct values in one order, whatever their types: booleans, integers, strings."""
    ranks = {bool: 0, int: 1, str: 2}
    return sorted(values, key=lambda value: (ranks[type(value)], value))


def _to_key(value: Any) -> _Key | None:
    """Return the value with its type, a whole float as the integer that it is; `None` for what is no category."""
    value = to_plain(value)
    if type(value) is float and value.is_integer():
        value = int(value)
    return (type(value), value) if type(value) in _TYPES else None


def _quote(value: Any) -> str:
    if type(value) is bool:
        return "true" if value else "false"
    if isinstance(value, str):
        return repr(value if len(value) <= _MAX_NAMED_LENGTH else f"{value[:_MAX_NAMED_LENGTH]}…")
    return str(value)
