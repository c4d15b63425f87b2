"""Columns: what every kind of column brings with it. Each kind is a file beside this one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from app.columns.faults import FaultKind

GAPS = ("nan", "None", "NA")
"""What numpy, Python and pandas have in the place of a missing value. Estimators tell them apart."""


@dataclass(frozen=True)
class Column(ABC):
    """One column of a model's rows: which values it has, and which rule a value breaks that is none of them.

    A value is what JSON gives: what is kept of it, and handed to the model, is what `parse` returns. A missing value,
    `null`, is for the table: no kind is asked for it.
    """

    name: str
    missing: bool = False
    """Whether `null` is a value: there were gaps in training, and the model answers them."""
    dtype: str = "float64"
    """Of what type numpy or pandas had the values in training."""
    gap: str = field(default="nan", kw_only=True)
    """What stood in training where a value of a column of objects was missing: one of `GAPS`."""

    kind: ClassVar[str]
    is_numeric: ClassVar[bool] = False
    """Whether the values are kept as float64, and a table of such columns as a matrix."""

    @abstractmethod
    def accepts(self, value: Any) -> bool:
        """Return whether `value`, as JSON or numpy give it, may stand in this column; it is not `None`."""

    @abstractmethod
    def explain(self, value: Any) -> tuple[str, FaultKind]:
        """Return the rule that a value breaks which is not accepted, and what sort of fault that is."""

    def parse(self, value: Any) -> Any:
        """Return what is kept of an accepted value."""
        return value

    @abstractmethod
    def describe_value(self) -> str:
        """Return what a value is called, with its article."""

    @abstractmethod
    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a value that is not missing."""

    def to_nullable_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a value, `null` included where it may be missing."""
        schema = self.to_json_schema()
        if not self.missing:
            return schema
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
        if "type" in schema:
            kinds = schema["type"]
            schema["type"] = [*([kinds] if isinstance(kinds, str) else kinds), "null"]
        return schema

    def to_json(self) -> dict[str, Any]:
        """Return what metadata keep of the column."""
        return {"kind": self.kind, **{each.name: getattr(self, each.name) for each in fields(self)}}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Return the column that `to_json` described. Raises `ValueError` where it is not of the format."""
        known = {each.name for each in fields(cls)}
        if not {"name", "missing", "dtype"} <= document.keys() <= known | {"kind"}:
            raise ValueError(f"a column of the kind {cls.kind!r} has just the keys kind, {', '.join(sorted(known))}")
        return cls(**{key: value for key, value in document.items() if key != "kind"})

    def __post_init__(self) -> None:
        """Raise `ValueError` for what no column has."""
        if type(self.missing) is not bool or not isinstance(self.dtype, str):
            raise ValueError("the columns must say by true or false whether values are missing, and name their type")
        if self.gap not in GAPS:
            raise ValueError(f"the columns must say what stands for a missing value: {', '.join(GAPS)}")

    @abstractmethod
    def encode(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return a number for each of the kept `values`, of shape (n_instances,), whose distribution can be compared.

        NaN is a missing value.
        """

    def measure_range(self, values: NDArray[Any]) -> dict[str, float]:
        """Return what metadata keep of the extent of the training values, if that is numbers; nothing where not."""
        return {}

    @property
    def value_bytes(self) -> int:
        """How long a value is in JSON: at most or, of texts, as one may expect."""
        return len("false")

    @property
    def n_values(self) -> int | None:
        """How many values there are, each of them counted for itself; `None` where they are numbers on a line."""
        return None


# What a value is called in a sentence.
_JSON_NAMES = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    type(None): "null",
    list: "an array",
    dict: "an object",
}


def name_type(value: Any) -> str:
    """Return what JSON calls `value`, to end a sentence that says what was found instead."""
    for kind, name in _JSON_NAMES.items():
        if isinstance(value, kind):
            return name
    return f"a {type(value).__name__}"


def to_plain(value: Any) -> Any:
    """Return a scalar of numpy as what Python itself would use; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def encode_each(values: Sequence[Any] | NDArray[Any], numbers: Mapping[Any, float]) -> NDArray[np.float64]:
    """Return the number of each value, NaN for a missing one and -1 for one that has none."""
    return np.array([np.nan if value is None else numbers.get(value, -1.0) for value in values], dtype=np.float64)
