"""Differences of two OpenAPI documents, found by walking both side by side, into what they refer to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

Node = dict[str, Any]

ABSENT: Any = object()
REQUEST, ANSWER = "request", "answer"

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_MOST = ("maximum", "exclusiveMaximum", "maxItems", "maxLength", "maxProperties")
_LEAST = ("minimum", "exclusiveMinimum", "minItems", "minLength", "minProperties")
_WORDS = dict.fromkeys(("summary", "description", "example", "examples", "externalDocs", "tags", "deprecated"), "words")
# The members of each kind of object that are understood, and of what kind they are themselves; `*` is whatever name.
# All others, and what is within them, are of no kind: they are compared too, and none of their differences is harmless.
_KINDS: dict[str, dict[str, str]] = {
    "document": {"paths": "paths", **_WORDS, "info": "words"},
    "paths": {"*": "path"},
    "path": {"parameters": "parameters", **dict.fromkeys(_METHODS, "operation"), **_WORDS},
    "operation": {"parameters": "parameters", "requestBody": "body", "responses": "responses", **_WORDS},
    "parameters": {"*": "value"},
    "body": {"content": "content", "required": "demands", **_WORDS},
    "responses": {"*": "response"},
    "response": {"headers": "headers", "content": "content", **_WORDS},
    "headers": {"*": "value"},
    "content": {"*": "value"},
    "value": {"schema": "schema", "required": "demands", **_WORDS},
    "schema": {
        **dict.fromkeys(("items", "additionalProperties"), "schema"),
        **{"properties": "properties", "allOf": "schemas", "anyOf": "schemas", "oneOf": "forms"},
        **{"required": "demands", "type": "choices", "enum": "choices"},
        **{**dict.fromkeys(_MOST, "most"), **dict.fromkeys(_LEAST, "least"), **_WORDS},
    },
    "properties": {"*": "schema"},
    "schemas": {"*": "schema"},
    "forms": {"*": "schema"},
}
_LEAVES = frozenset({"words", "demands", "choices", "most", "least"})
# Who writes what is of a kind. Where one of several forms must fit and no other, to allow more of one of them is to
# refuse some of another, and so neither side may be changed.
_SIDES = {"parameters": REQUEST, "body": REQUEST, "responses": ANSWER, "forms": ""}


class Pair(NamedTuple):
    """What stands at one place of two documents: its kind, who writes it, and the schemas or the like `around` it."""

    path: tuple[str, ...]
    within: str
    kind: str
    side: str
    old: Any
    new: Any
    around: tuple[Node, Node]

    @property
    def pointer(self) -> str:
        """The JSON Pointer to the place; within a component, from the component on."""
        return "".join("/" + each.replace("~", "~0").replace("/", "~1") for each in self.path)

    @property
    def is_new(self) -> bool:
        """Whether nothing stood there."""
        return self.old is ABSENT

    def enter(self, key: str) -> Pair:
        """Return the pair under `key` of two objects."""
        known = _KINDS.get(self.kind, {})
        kind = known.get(key, known.get("*", ""))
        around = self.around if "*" in known else (self.old, self.new)
        values = self.old.get(key, ABSENT), self.new.get(key, ABSENT)
        return Pair((*self.path, key), self.kind, kind, _SIDES.get(kind, self.side), *values, around)

    def __str__(self) -> str:
        if self.is_new:
            return f"{self.pointer} is new: {_quote(self.new)}"
        was = f"{self.pointer} was {_quote(self.old)}"
        return f"{was}, and is gone" if self.new is ABSENT else f"{was}, and is {_quote(self.new)}"


class Walk:
    """A walk through two documents side by side."""

    def __init__(self, old: Node, new: Node) -> None:
        self._documents = old, new
        self._seen: set[tuple[str, str, str, str]] = set()
        self._followed: set[tuple[str, ...]] = set()

    def list_differences(self) -> Iterator[Pair]:
        """Yield each pair that differs. Raises `LookupError` for what cannot be found or told apart."""
        # Components come last: those that something refers to have been compared then, as what they are used for.
        old, new = (dict(sorted(each.items(), key=lambda item: item[0] == "components")) for each in self._documents)
        yield from self._compare_objects(Pair((), "", "document", "", old, new, (old, new)))

    def _compare(self, pair: Pair) -> Iterator[Pair]:
        old, new = pair.old, pair.new
        if pair.kind == "parameters":
            old, new = map(_index, self._documents, (old, new))
        elif isinstance(old, list) and isinstance(new, list):
            old, new = ({str(index): each for index, each in enumerate(items)} for items in (old, new))
        if isinstance(old, dict) and isinstance(new, dict) and pair.kind not in _LEAVES:
            yield from self._compare_objects(pair._replace(old=old, new=new))
        elif not _are_equal(old, new):
            yield pair

    def _compare_objects(self, pair: Pair) -> Iterator[Pair]:
        references = pair.old.get("$ref"), pair.new.get("$ref")
        if all(isinstance(each, str) for each in references):
            yield from self._follow(pair, *references)
        for key in dict.fromkeys([*pair.old, *pair.new]):
            member = pair.enter(key)
            if len(member.path) != 3 or member.path not in self._followed:
                yield from self._compare(member)

    def _follow(self, pair: Pair, before: str, after: str) -> Iterator[Pair]:
        """Yield the differences of what two objects refer to, once for each kind and side."""
        reached = (before, after, pair.kind, pair.side)
        if reached not in self._seen:
            self._seen.add(reached)
            path = tuple(_split(before))
            if before == after and path[0] == "components":
                self._followed.add(path)
            old, new = map(_look_up, self._documents, (before, after))
            yield from self._compare(pair._replace(path=path, old=old, new=new))


def _index(document: Node, parameters: Any) -> Any:
    """Return parameters by where they stand and what they are called; the case of a header's name means nothing."""
    listed = [] if parameters is ABSENT else parameters
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        return parameters
    index = {}
    for each in listed:
        target = _look_up(document, each["$ref"]) if "$ref" in each else each
        where, name = (target.get(key) if isinstance(target, dict) else None for key in ("in", "name"))
        if where == "header":
            name = str(name).lower()
        index[f"{where} {name}"] = {key: value for key, value in each.items() if key != "name"}
    if len(index) < len(listed):
        raise LookupError(f"it has parameters that cannot be told apart, beside {', '.join(index)}")
    return index


def _look_up(document: Any, reference: str) -> Any:
    found = document
    try:
        for key in _split(reference):
            found = found[key]
    except (AttributeError, KeyError, TypeError) as error:
        raise LookupError(f"the reference '{reference}' leads nowhere") from error
    return found


def _split(reference: str) -> list[str]:
    if not reference.startswith("#/"):
        raise LookupError(f"the reference '{reference}' leads out of it")
    return [unquote(key).replace("~1", "/").replace("~0", "~") for key in reference[2:].split("/")]


def _are_equal(old: Any, new: Any) -> bool:
    """Return whether two values are the same in JSON, for which true is not 1, as it is for Python."""
    return old is new or (ABSENT not in (old, new) and json.dumps(old) == json.dumps(new))


def _quote(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
