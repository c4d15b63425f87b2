"""Compares the keys of objects: which there are, which must be there, and what others may be there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from release.api.merging import Schema
from release.api.place import Place

Compare = Callable[[Any, Any, Place], list[str]]


def compare_keys(old: Schema, new: Schema, place: Place, compare: Compare) -> Iterator[str]:
    """Yield what breaks callers; `compare` looks into what is under the keys."""
    check_presence = _compare_request_keys if place.is_request else _compare_answer_keys
    yield from check_presence(old, new, place)
    before, after = old.get("properties", {}), new.get("properties", {})
    for key in dict.fromkeys([*before, *after]):
        # A key that is new was one of the others before, and one that callers go on sending is one of them now.
        old_value = before.get(key, _read_others(old))
        new_value = after.get(key, _read_others(new) if place.is_request else None)
        if old_value is not None and new_value is not None:
            yield from compare(old_value, new_value, place.enter_key(key))
    yield from _compare_others(old, new, place, compare)


def _compare_request_keys(old: Schema, new: Schema, place: Place) -> Iterator[str]:
    for key in new.get("required", []):
        if key not in old.get("required", []):
            yield f"{place.whole} now requires '{place.enter_key(key).path}'"
    for key in old.get("properties", {}):
        if key not in new.get("properties", {}) and new.get("additionalProperties") is False:
            yield f"{place.whole} no longer takes '{place.enter_key(key).path}'"


def _compare_answer_keys(old: Schema, new: Schema, place: Place) -> Iterator[str]:
    gone = old.get("properties", {}).keys() - new.get("properties", {}).keys()
    for key in dict.fromkeys([*old.get("properties", {}), *old.get("required", [])]):
        if key in gone:
            yield f"{place.whole} no longer has '{place.enter_key(key).path}'"
        elif key in old.get("required", []) and key not in new.get("required", []):
            yield f"{place.enter_key(key)} may now be missing"


def _compare_others(old: Schema, new: Schema, place: Place, compare: Compare) -> Iterator[str]:
    before, after = old.get("additionalProperties"), new.get("additionalProperties")
    if before is False:
        return
    if after is not False:
        yield from compare(_read_others(old) or {}, _read_others(new) or {}, place.enter_key("*"))
    elif place.is_request:
        yield f"{place} no longer takes keys that are not named"
    elif before is not None:
        yield f"{place} no longer has keys that are not named"


def _read_others(schema: Schema) -> Schema | None:
    """Return what keys that are not named must comply with; `None` where that is nothing, or where there are none."""
    others = schema.get("additionalProperties")
    return others if isinstance(others, dict) and others else None
