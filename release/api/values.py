"""Compares what a schema says of values without looking into them: their type, their limits, their pattern."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from release.api.merging import ANNOTATIONS, LOWER_LIMITS, UPPER_LIMITS, Schema
from release.api.place import Place

# Setting one of these only takes values away, and changing one cannot be told from taking values away.
_RESTRICTIONS = ("pattern", "format", "multipleOf", "uniqueItems")
# The least that these can be: to set them so says nothing.
_SIZES = ("minItems", "minLength", "minProperties")
_UNDERSTOOD = {
    *(*ANNOTATIONS, *UPPER_LIMITS, *LOWER_LIMITS, *_RESTRICTIONS, "type", "enum", "const", "default"),
    *("properties", "required", "additionalProperties", "items"),  # by those who look into values
}


@dataclass
class RaisedLimits:
    """How many more items an operation takes than it did: as many more may then be in its answers, and be counted."""

    _raised: set[tuple[float, float]] = field(default_factory=set)

    def note(self, place: Place, keyword: str, old: float | None, new: float | None) -> None:
        """Remember the limit if it is one of a request's items."""
        if place.is_request and keyword == "maxItems" and old is not None and new is not None:
            self._raised.add((old, new))

    def explain(self, place: Place, old: float | None, new: float | None) -> bool:
        """Return whether an answer's limit has only followed that of the request."""
        return not place.is_request and (old, new) in self._raised


def compare_values(old: Schema, new: Schema, place: Place, raised: RaisedLimits) -> Iterator[str]:
    """Yield what breaks callers. Both schemas name one type at most, the same or such that one contains the other."""
    yield from _compare_enums(old, new, place)
    yield from _compare_limits(old, new, place, raised)
    yield from _compare_restrictions(old, new, place)
    # In an answer too: it may be all that a document says of a constant, and clients are generated with it.
    if "default" in old and not are_equal(old["default"], new.get("default")):
        yield place.describe_change("default", old["default"], new.get("default"))
    if _tells_positions(old) and _tells_positions(new) and old.get("description") != new.get("description"):
        yield f"the description of {place} has changed, which alone says what each position means"


def is_type_kept(old: Schema, new: Schema, place: Place) -> bool:
    """Return whether every type that callers send is still taken, or every type that they get was there before."""
    known, wanted = (new, old) if place.is_request else (old, new)
    return "type" not in known or wanted.get("type") in _list_types(known["type"])


def list_unknown_keywords(*schemas: Schema) -> list[str]:
    """Return the keywords that nothing here understands."""
    return [each for each in dict.fromkeys(chain(*schemas)) if each not in _UNDERSTOOD]


def are_equal(first: Any, second: Any) -> bool:
    """Return whether two values are the same in JSON, for which true is not 1, as it is for Python."""
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


def _list_types(name: str) -> tuple[str, ...]:
    return ("number", "integer") if name == "number" else (name,)


def _compare_enums(old: Schema, new: Schema, place: Place) -> Iterator[str]:
    narrow, wide = (_list_enum(each) for each in ((old, new) if place.is_request else (new, old)))
    if wide is None:
        return
    if narrow is None:
        yield place.describe_change("enum", _list_enum(old), _list_enum(new))
        return
    for value in narrow:
        if not any(are_equal(value, each) for each in wide):
            yield place.describe_value(json.dumps(value, ensure_ascii=False))


def _list_enum(schema: Schema) -> list[Any] | None:
    values: list[Any] | None = schema.get("enum")
    if "const" not in schema:
        return values
    return [each for each in [schema["const"]] if values is None or any(are_equal(each, value) for value in values)]


def _compare_limits(old: Schema, new: Schema, place: Place, raised: RaisedLimits) -> Iterator[str]:
    for keyword in (*UPPER_LIMITS, *LOWER_LIMITS):
        before, after = _read_limit(old, keyword), _read_limit(new, keyword)
        narrow, wide = (before, after) if place.is_request else (after, before)
        if _allows(keyword, wide, narrow):
            raised.note(place, keyword, before, after)
        elif not raised.explain(place, before, after):
            yield place.describe_change(keyword, before, after)


def _read_limit(schema: Schema, keyword: str) -> float | None:
    limit: float | None = schema.get(keyword)
    return None if keyword in _SIZES and limit == 0 else limit


def _allows(keyword: str, wide: float | None, narrow: float | None) -> bool:
    if wide is None or narrow is None:
        return wide is None
    return narrow <= wide if keyword in UPPER_LIMITS else narrow >= wide


def _compare_restrictions(old: Schema, new: Schema, place: Place) -> Iterator[str]:
    for keyword in _RESTRICTIONS:
        before, after = old.get(keyword) or None, new.get(keyword) or None
        binding = after if place.is_request else before
        if binding is not None and before != after:
            yield place.describe_change(keyword, before, after)


def _tells_positions(schema: Schema) -> bool:
    return schema.get("maxItems") is not None and schema["maxItems"] == schema.get("minItems")
