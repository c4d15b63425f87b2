"""Columns: what every kind of column brings with it. Each kind is a file beside this one."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

from app.columns.faults import FaultKind


class Column(Protocol):
    """One column of a model's rows: which values it has, and which rule a value breaks that is none of them."""

    @property
    def name(self) -> str:
        """The feature's name."""

    def accepts(self, value: Any) -> bool:
        """Return whether `value`, as JSON or numpy give it, may stand in this column."""

    def explain(self, value: Any) -> tuple[str, FaultKind]:
        """Return the rule that a value breaks which is not accepted, and what sort of fault that is."""

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a value."""

    def measure_range(self, values: NDArray[Any]) -> dict[str, Any]:
        """Return what metadata keep of the extent of the training values."""

    def measure_distribution(self, values: NDArray[Any]) -> dict[str, Any]:
        """Return what metadata keep of the distribution of the training values."""


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
