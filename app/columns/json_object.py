"""JSON objects that remember which of their keys stood in the text more than once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RepeatingObject(dict[str, Any]):
    """A JSON object in whose text some keys stand more than once; the last value of each is kept."""

    repeated: tuple[str, ...] = ()


def repeated_keys(value: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys that the text of the object `value` gave more than once."""
    return value.repeated if isinstance(value, RepeatingObject) else ()
