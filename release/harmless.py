"""Edits of an OpenAPI document that are known to break nobody who calls the service; every other one does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from release.differences import ABSENT, ANSWER, REQUEST, Node, Pair, Walk

# Of a schema that says these alone, it is known which keys an object may have that it does not name.
_PLAIN = frozenset({"type", "title", "description", "deprecated", "properties", "required", "additionalProperties"})


def list_breaking(old: Node, new: Node) -> list[Pair]:
    """Return the differences that are in none of the harmless edits, each place once. Raises `LookupError`."""
    found = [each for each in Walk(old, new).list_differences() if not any(edit(each) for edit in HARMLESS.values())]
    return list({each.pointer: each for each in found}.values())


def _is_words(it: Pair) -> bool:
    return it.kind == "words" and not (it.path[-1] == "description" and any(map(_has_positions, it.around)))


def _has_positions(schema: Node) -> bool:
    """Return whether the description alone says what each position of an array means."""
    return "maxItems" in schema and schema["maxItems"] == schema.get("minItems")


def _is_new_parameter(it: Pair) -> bool:
    if not (it.is_new and it.within == "parameters"):
        return False
    return "$ref" not in it.new and it.new.get("required", False) is False


def _is_new_key(it: Pair) -> bool:
    """Return whether nobody can have sent the key, or nobody who ignores what he does not know will see it.

    Callers are told to ignore keys that they do not know, even where the document closes an object, as it does to say
    what there is: without that, no answer could ever say more. They may count on the type of keys that are not named.
    """
    old = it.around[0]
    if not (it.is_new and it.within == "properties" and old.keys() <= _PLAIN):
        return False
    others = old.get("additionalProperties", True)
    return others is False if it.side == REQUEST else it.side == ANSWER and isinstance(others, bool)


def _is_wider_limit(it: Pair) -> bool:
    if it.kind not in ("most", "least"):
        return False
    infinite, sign = (float("inf"), 1) if it.kind == "most" else (float("-inf"), -1)
    old, new = (infinite if each is ABSENT else each for each in (it.old, it.new))
    return type(old) in (int, float) and type(new) in (int, float) and _is_for(it, sign * old, sign * new)


def _is_wider_choice(it: Pair) -> bool:
    if it.kind != "choices" or ABSENT in (it.old, it.new):
        return False
    old, new = _to_set(it.old), _to_set(it.new)
    return old == new or (bool(old and new) and _is_for(it, old, new))


def _is_fewer_demands(it: Pair) -> bool:
    if it.kind != "demands" or len({type(each) for each in (it.old, it.new) if each is not ABSENT}) > 1:
        return False
    old, new = (set() if each in (ABSENT, False) else _to_set(each) for each in (it.old, it.new))
    return old == new or _is_for(it, new, old)


def _is_for(it: Pair, old: Any, new: Any) -> bool:
    """Return whether there is more in a request, where callers need not use it, or less in an answer."""
    return bool(new > old) if it.side == REQUEST else it.side == ANSWER and bool(new < old)


def _to_set(value: Any) -> set[str]:
    return {json.dumps(each, sort_keys=True) for each in (value if isinstance(value, list) else [value])}


HARMLESS: dict[str, Callable[[Pair], bool]] = {
    "other words": _is_words,
    "a new path": lambda it: it.is_new and it.within == "paths",
    "a new operation": lambda it: it.is_new and it.kind == "operation",
    "a new component": lambda it: it.is_new and it.path[0] == "components" and len(it.path) == 3,
    # Callers must expect any error; of a success that they do not know they would take what it says for the old one's.
    "a new error": lambda it: it.is_new and it.within == "responses" and it.path[-1].startswith(("4", "5")),
    "a new header of an answer": lambda it: it.is_new and it.within == "headers",
    # Of an answer too: it comes to those who ask for it.
    "a new media type": lambda it: it.is_new and it.within == "content",
    "a new parameter that may be left out": _is_new_parameter,
    "a new key of a closed request, or of an answer": _is_new_key,
    "fewer demands on a request, or more promises of an answer": _is_fewer_demands,
    "wider limits of a request, or narrower ones of an answer": _is_wider_limit,
    "more choices in a request, or fewer in an answer": _is_wider_choice,
}
