"""Unites schemas that must all hold, as those of `allOf`, in one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Schema = dict[str, Any]

# What describes a schema and does not say which values it allows.
ANNOTATIONS = ("title", "description", "example", "examples", "deprecated", "externalDocs", "$comment")
UPPER_LIMITS = ("maximum", "exclusiveMaximum", "maxItems", "maxLength", "maxProperties")
LOWER_LIMITS = ("minimum", "exclusiveMinimum", "minItems", "minLength", "minProperties")


def merge_schemas(parts: Iterable[Schema]) -> Schema:
    """Return one schema that says what all `parts` say; the first description holds.

    Where two parts differ in what is not understood here, the later one stays as a part of `allOf`.
    """
    merged: Schema = {}
    for part in parts:
        for keyword, value in part.items():
            _add(merged, keyword, value)
    return merged


def _add(merged: Schema, keyword: str, value: Any) -> None:
    known = merged.get(keyword)
    if keyword not in merged or keyword == "allOf":
        merged[keyword] = [*known, *value] if known else value
    elif known != value and keyword not in ANNOTATIONS:
        united = _UNITE[keyword](known, value) if keyword in _UNITE else None
        if united is None:
            merged["allOf"] = [*merged.get("allOf", []), {keyword: value}]
        else:
            merged[keyword] = united


def _unite_properties(first: Schema, second: Schema) -> Schema:
    both = {name: {"allOf": [first[name], second[name]]} for name in first.keys() & second.keys()}
    return {**first, **second, **both}


def _unite_required(first: list[str], second: list[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))


def _unite_types(first: str | list[str], second: str | list[str]) -> str | list[str] | None:
    known, other = ([each] if isinstance(each, str) else each for each in (first, second))
    shared = [each for each in known if each in other or (each == "integer" and "number" in other)]
    shared += [each for each in other if each == "integer" and "number" in known and each not in known]
    return shared[0] if len(shared) == 1 else shared or None


_UNITE: dict[str, Callable[[Any, Any], Any]] = {
    "properties": _unite_properties,
    "required": _unite_required,
    "type": _unite_types,
    **dict.fromkeys(UPPER_LIMITS, min),
    **dict.fromkeys(LOWER_LIMITS, max),
}
