"""Compares two schemas for what breaks callers.

Callers must be able to send what they sent: a request's old values must comply with its new schema. They must be able
to read what they get: an answer's new values must comply with its old schema, except that objects may have more keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from release.api.document import Alternative, ApiDocument, name_reference
from release.api.keys import compare_keys
from release.api.place import Place
from release.api.values import RaisedLimits, are_equal, compare_values, is_type_kept, list_unknown_keywords

# A schema with one of these becomes a class in generated clients, which is named after its title.
_CLASS_KEYWORDS = ("properties", "oneOf", "anyOf", "enum")


class SchemaComparison:
    """Compares the schemas of one operation, those of its request first."""

    def __init__(self, released: ApiDocument, current: ApiDocument) -> None:
        self._released = released
        self._current = current
        self._raised = RaisedLimits()
        self._begun: set[tuple[Place, str, str]] = set()

    def compare(self, old: Any, new: Any, place: Place) -> list[str]:
        """Return a sentence, without its full stop, for each change that breaks callers."""
        # A schema that contains itself is at hand already, wherever in it that is found out.
        key = (Place(place.side, place.whole), json.dumps(old), json.dumps(new))
        if key in self._begun:
            return []
        self._begun.add(key)
        found = list(self._compare_alternatives(old, new, place))
        self._begun.remove(key)
        return list(dict.fromkeys(found))

    def _compare_alternatives(self, old: Any, new: Any, place: Place) -> Iterator[str]:
        before, after = self._released.list_alternatives(old), self._current.list_alternatives(new)
        if before[0].choice and after[0].choice:
            yield from self._compare_names(old, new, place)
        # What has two of the forms, 'oneOf' refuses: to allow more of one form is to refuse some of another.
        if _has_overlap(before) or _has_overlap(after):
            if not are_equal(self._released.expand(old), self._current.expand(new)):
                yield f"{place} differs in 'oneOf', which cannot be compared where alternatives have the same type"
            return
        if len(before) == len(after) == 1:
            yield from self._compare_members(before[0], after[0], place)
            return
        for each in before if place.is_request else after:
            yield from self._find_home(each, after if place.is_request else before, place)

    def _find_home(self, wanted: Alternative, known: list[Alternative], place: Place) -> Iterator[str]:
        """Yield why an alternative is in none of those of the other document; nothing where it is in one."""
        found: dict[str, list[str]] = {}
        for each in known:
            old, new = (wanted, each) if place.is_request else (each, wanted)
            found[each.label] = self._compare_members(old, new, place)
            if not found[each.label]:
                return
        yield from found.get(wanted.label, [place.describe_value(wanted.label)])

    def _compare_members(self, old: Alternative, new: Alternative, place: Place) -> list[str]:
        inner = place.enter_choice(old.label) if old.choice and new.choice else place
        return [*self._compare_names(old.node, new.node, inner), *self._compare_pair(old, new, inner)]

    def _compare_names(self, old: Any, new: Any, place: Place) -> Iterator[str]:
        before, after = name_reference(old), name_reference(new)
        if before is None or after is None:
            yield from self._compare_titles(old, new, place)
        # Where the old component is gone altogether, that is said once, and not at every place that referred to it.
        elif before != after and before in self._current.list_components("schemas"):
            yield f"{place.describe_change('schema', before, after)}: generated clients name a class after it"

    def _compare_titles(self, old: Any, new: Any, place: Place) -> Iterator[str]:
        schema = self._released.flatten(old)
        before, after = schema.get("title"), self._current.flatten(new).get("title")
        if before != after and any(keyword in schema for keyword in _CLASS_KEYWORDS):
            yield f"{place.describe_change('title', before, after)}: generated clients name a class after it"

    def _compare_pair(self, old: Alternative, new: Alternative, place: Place) -> Iterator[str]:
        if not is_type_kept(old.schema, new.schema, place):
            yield place.describe_change("type", old.schema.get("type"), new.schema.get("type"))
            return
        yield from compare_values(old.schema, new.schema, place, self._raised)
        yield from compare_keys(old.schema, new.schema, place, self.compare)
        if "items" in {**old.schema, **new.schema}:
            yield from self.compare(old.schema.get("items", {}), new.schema.get("items", {}), place.enter_items())
        for keyword in list_unknown_keywords(old.schema, new.schema):
            expanded = self._released.expand(old.schema.get(keyword)), self._current.expand(new.schema.get(keyword))
            if not are_equal(*expanded):
                yield f"{place} differs in '{keyword}', which cannot be compared"


def _has_overlap(alternatives: list[Alternative]) -> bool:
    members = [each for each in alternatives if each.choice == "oneOf"]
    return any(first.overlaps(second) for first, second in combinations(members, 2))
