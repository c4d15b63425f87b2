"""Differences of two OpenAPI documents: each breaks callers, unless it is one of a few edits known to be harmless."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

Path = tuple[str, ...]
Pair = tuple[dict[str, Any], dict[str, Any]]

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
# Under these, keys are names that somebody has chosen, and not words of OpenAPI.
_MAPS = frozenset(
    {"content", "headers", "parameters", "paths", "properties", "responses", "schemas", "securitySchemes"}
)
_SIDES = {"parameters": "request", "requestBody": "request", "responses": "answer"}
# Lists in which the order means nothing.
_SETS = frozenset({"required", "enum", "type"})
_UPPER = frozenset({"maximum", "exclusiveMaximum", "maxItems", "maxLength", "maxProperties"})
_LOWER = frozenset({"minimum", "exclusiveMinimum", "minItems", "minLength", "minProperties"})
_WORDS = frozenset({"summary", "description", "example", "examples", "externalDocs", "tags", "deprecated"})
_REQUEST, _ANSWER = "request", "answer"
_ABSENT: Any = object()


@dataclass(frozen=True)
class Difference:
    """A place where two documents differ: what stood there, what stands there, and the objects that say so."""

    path: Path
    side: str
    old: Any
    new: Any
    around: Pair

    @property
    def pointer(self) -> str:
        """The JSON Pointer to the place; within a component, from the component on."""
        return "/" + "/".join(each.replace("~", "~0").replace("/", "~1") for each in self.path)

    @property
    def key(self) -> str:
        """The keyword that differs; empty where it is a name."""
        return "" if _is_map(self.path[:-1]) else self.path[-1]

    @property
    def is_new(self) -> bool:
        """Whether nothing stood there."""
        return self.old is _ABSENT

    def is_new_in(self, keyword: str) -> bool:
        """Whether it is a new name among those under `keyword`."""
        return self.is_new and self.path[-2:-1] == (keyword,) and _is_map(self.path[:-1])

    def __str__(self) -> str:
        if self.is_new:
            return f"{self.pointer} is new: {_quote(self.new)}"
        was = f"{self.pointer} was {_quote(self.old)}"
        return f"{was}, and is gone" if self.new is _ABSENT else f"{was}, and is {_quote(self.new)}"


def _is_words(it: Difference) -> bool:
    return it.key in _WORDS and not (it.key == "description" and _tells_positions(it))


def _tells_positions(it: Difference) -> bool:
    """Return whether the description alone says what each position of an array means."""
    return all(node.get("maxItems") is not None and node["maxItems"] == node.get("minItems") for node in it.around)


def _is_optional_key(it: Difference) -> bool:
    old, new = it.around
    return it.is_new_in("properties") and old.get("additionalProperties") is False


def _is_wider_set(it: Difference) -> bool:
    if it.key not in ("enum", "type") or _ABSENT in (it.old, it.new):
        return False
    old, new = (set(map(json.dumps, each if isinstance(each, list) else [each])) for each in (it.old, it.new))
    return old < new if it.side == _REQUEST else old > new


def _is_wider_limit(it: Difference) -> bool:
    if it.key not in _UPPER | _LOWER:
        return False
    infinite = float("inf") if it.key in _UPPER else float("-inf")
    old, new = (infinite if each is _ABSENT else each for each in (it.old, it.new))
    if not isinstance(old, int | float) or not isinstance(new, int | float):
        return False
    is_raised = new > old if it.key in _UPPER else new < old
    return is_raised == (it.side == _REQUEST)


def _is_fewer_demands(it: Difference) -> bool:
    if it.key != "required":
        return False
    if it.old is True:
        return it.side == _REQUEST and it.new in (False, _ABSENT)
    if not all(each is _ABSENT or isinstance(each, list) for each in (it.old, it.new)):
        return False
    old, new = (set() if each is _ABSENT else set(each) for each in (it.old, it.new))
    return new < old if it.side == _REQUEST else new > old


HARMLESS: dict[str, Callable[[Difference], bool]] = {
    "other words": _is_words,
    "a new path": lambda it: it.is_new and len(it.path) == 2 and it.path[0] == "paths",
    "a new operation": lambda it: it.is_new and len(it.path) == 3 and it.path[2] in _METHODS,
    "a new component": lambda it: it.is_new and len(it.path) == 3 and it.path[:2] == ("components", "schemas"),
    "a new status": lambda it: it.is_new_in("responses"),
    "a new header of an answer": lambda it: it.is_new_in("headers") and it.side == _ANSWER,
    "a new media type": lambda it: it.is_new_in("content"),
    "a new parameter that may be left out": lambda it: it.is_new_in("parameters") and not it.new.get("required"),
    "a new key of a request": lambda it: it.side == _REQUEST and _is_optional_key(it),
    "a new key of an answer": lambda it: it.side == _ANSWER and it.is_new_in("properties"),
    "fewer demands on a request, or more promises of an answer": _is_fewer_demands,
    "wider limits of a request, or narrower ones of an answer": _is_wider_limit,
    "more values in a request, or fewer in an answer": _is_wider_set,
}


def list_breaking(old: dict[str, Any], new: dict[str, Any]) -> list[Difference]:
    """Return the differences that are none of the harmless ones, each place once. Raises `LookupError`."""
    found = {(each.pointer, each.side): each for each in Walk(old, new).list_differences()}
    raised = {(each.old, each.new) for each in found.values() if each.key == "maxItems" and each.side == _REQUEST}
    breaking = [each for each in found.values() if not any(harmless(each) for harmless in HARMLESS.values())]
    # What takes more items may count them, and answer as many.
    follows = [each for each in breaking if each.side == _ANSWER and each.key in ("maxItems", "maximum")]
    return [each for each in breaking if each not in follows or (each.old, each.new) not in raised]


class Walk:
    """A walk through two documents side by side, into what they refer to."""

    def __init__(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[str, str, str]] = set()

    def list_differences(self) -> Iterator[Difference]:
        """Yield all differences but those of versions. Raises `LookupError` for a reference that leads nowhere."""
        for key in dict.fromkeys([*self._old, *self._new]):
            if key not in ("info", "components", "tags"):
                old, new = self._old.get(key, _ABSENT), self._new.get(key, _ABSENT)
                yield from self._compare((key,), "", old, new, (self._old, self._new))
        for kind in ("schemas", "securitySchemes"):
            old, new = (document.get("components", {}).get(kind, {}) for document in (self._old, self._new))
            for name in dict.fromkeys([*old, *new]):
                is_seen = any(f"#/components/{kind}/{name}" == reference for reference, _, _ in self._seen)
                if not (is_seen and name in new):
                    path = ("components", kind, name)
                    yield from self._compare(path, "", old.get(name, _ABSENT), new.get(name, _ABSENT), (old, new))

    def _compare(self, path: Path, side: str, old: Any, new: Any, around: Pair) -> Iterator[Difference]:
        """Yield the differences of two values at `path`, of which the objects `around` speak."""
        keyword = "" if _is_map(path[:-1]) else path[-1]
        side = _SIDES.get(keyword, side)
        if keyword == "parameters":
            old, new = _index(old), _index(new)
        elif keyword not in _SETS and isinstance(old, list) and isinstance(new, list):
            old, new = _number(old), _number(new)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self._compare_objects(path, side, old, new, around if _is_map(path) else (old, new))
        elif not _are_equal(keyword, old, new):
            yield Difference(path, side, old, new, around)

    def _compare_objects(self, path: Path, side: str, old: Any, new: Any, around: Pair) -> Iterator[Difference]:
        before, after = old.get("$ref"), new.get("$ref")
        if isinstance(before, str) and isinstance(after, str):
            if (before, after, side) in self._seen:
                return
            self._seen.add((before, after, side))
            if before != after:
                yield Difference((*path, "$ref"), side, before, after, around)
            path = tuple(_split(before))
            old, new = _look_up(self._old, before), _look_up(self._new, after)
            around = old, new
        for key in dict.fromkeys([*old, *new]):
            yield from self._compare((*path, key), side, old.get(key, _ABSENT), new.get(key, _ABSENT), around)


def _is_map(path: Path) -> bool:
    """Return whether the keys of what stands at `path` are names."""
    return bool(path) and path[-1] in _MAPS and not _is_map(path[:-1])


def _index(parameters: Any) -> Any:
    """Return parameters by where they stand and what they are called; the case of a header's name means nothing."""
    if parameters is not _ABSENT and not isinstance(parameters, list):
        return parameters
    named = [] if parameters is _ABSENT else [_lower(each) for each in parameters]
    return {f"{each.get('in')} {each.get('name')}": each for each in named}


def _lower(parameter: Any) -> dict[str, Any]:
    if not isinstance(parameter, dict):
        return {"name": json.dumps(parameter)}
    return {**parameter, "name": parameter["name"].lower()} if parameter.get("in") == "header" else parameter


def _number(items: list[Any]) -> dict[str, Any]:
    return {str(index): each for index, each in enumerate(items)}


def _are_equal(key: str, old: Any, new: Any) -> bool:
    if _ABSENT in (old, new):
        return old is new
    if key in _SETS and isinstance(old, list) and isinstance(new, list):
        return sorted(map(json.dumps, old)) == sorted(map(json.dumps, new))
    return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)


def _look_up(document: Any, reference: str) -> dict[str, Any]:
    found = document
    try:
        for key in _split(reference):
            found = found[key]
        return dict(found)
    except (KeyError, TypeError, ValueError) as error:
        raise LookupError(f"the reference '{reference}' leads nowhere") from error


def _split(reference: str) -> list[str]:
    if not reference.startswith("#/"):
        raise LookupError(f"the reference '{reference}' leads out of it")
    return [unquote(key).replace("~1", "/").replace("~0", "~") for key in reference[2:].split("/")]


def _quote(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
