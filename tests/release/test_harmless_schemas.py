"""What may change in a schema: callers can send what they sent, and read what they get."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from release.differences import list_breaking
from tests.release.documents import Node, build_document
from tests.support.depth import IS_LONG

NUMBER: Node = {"type": "number"}
TEXT: Node = {"type": "string"}
NULLABLE: Node = {"type": ["number", "null"]}
PAIR = {"minItems": 2, "maxItems": 2}
EMPTY: Node = {}
A: Node = {"properties": {"a": NUMBER}}
AB: Node = {"properties": {"a": NUMBER, "b": TEXT}}
CLOSED: Node = {"additionalProperties": False}
NUMBERS: Node = {"additionalProperties": NUMBER}


def is_broken(name: str, old: Any, new: Any, **components: Any) -> bool:
    """Return whether it breaks callers that the key `x` of the component `name` has another schema."""
    documents = build_document(), build_document()
    for document, schema in zip(documents, (old, new), strict=True):
        keys = {"type": "object", "properties": {"x": schema}, **CLOSED}
        document["components"]["schemas"].update(copy.deepcopy(components), **{name: copy.deepcopy(keys)})
    return list_breaking(*documents) != []


# What a key's schema was and is, and whether that breaks those who send it, and those who read it.
CHANGES: list[tuple[Any, Any, bool, bool]] = [
    (NUMBER, TEXT, True, True),
    (NUMBER, NULLABLE, False, True),
    (NULLABLE, {"type": ["null", "number"]}, False, False),
    (NULLABLE, {"type": ["null", "string"]}, True, True),
    ({"type": "integer"}, NUMBER, True, True),
    (NUMBER, {}, True, True),
    ({"enum": ["a"]}, {"enum": ["b", "a"]}, False, True),
    ({"enum": ["a", "b"]}, {"enum": ["b", "a"]}, False, False),
    ({"enum": [1]}, {"enum": [True]}, True, True),
    ({"enum": [1]}, {}, True, True),
    *((some, {**some, keyword: []}, True, True) for keyword, some in (("type", NULLABLE), ("enum", {"enum": [1]}))),
    ({"const": 1}, {"const": 2}, True, True),
    ({"const": {"description": "a"}}, {"const": {"description": "b"}}, True, True),
    ({"const": 1}, {"enum": [1, 2]}, True, True),
    *(({}, {each: 1}, True, False) for each in ("maximum", "exclusiveMaximum", "maxLength", "maxProperties")),
    *(({}, {each: 1}, True, False) for each in ("minimum", "exclusiveMinimum", "minLength", "minProperties")),
    ({"maximum": 1}, {"maximum": 1.5}, False, True),
    ({"maxItems": 8}, {"maxItems": 9}, False, True),
    ({"minItems": 2}, {"minItems": 1}, False, True),
    *(({"maximum": 1}, {"maximum": most}, True, True) for most in (True, "2", None)),
    *(({}, {each: 1}, True, True) for each in ("pattern", "format", "multipleOf", "uniqueItems", "default", "title")),
    *(({}, {each: 1}, True, True) for each in ("not", "x-unit", "readOnly", "discriminator", "patternProperties")),
    ({"not": {"maximum": 1}}, {"not": {"maximum": 2}}, True, True),
    ({"patternProperties": {"description": NUMBER}}, {"patternProperties": {"description": TEXT}}, True, True),
    ({"$defs": {"tags": NUMBER}}, {"$defs": {"tags": TEXT}}, True, True),
    ({}, False, True, True),
    ({"description": "Some."}, {"description": "Others.", "deprecated": True}, False, False),
    ({"description": "a, b", **PAIR}, {"description": "b, a", **PAIR}, True, True),
    ({"description": "a, b", **PAIR}, {"description": "b, a"}, True, True),
    ({"items": NUMBER}, {"items": TEXT}, True, True),
    ({"items": {"maximum": 1}}, {"items": {"maximum": 2}}, False, True),
    ({"items": {"maximum": 1}}, {}, True, True),
    ({"properties": {}}, A, True, False),
    ({"properties": {}, **CLOSED}, {**A, **CLOSED}, False, False),
    ({"properties": {}, **NUMBERS}, {"properties": {"a": TEXT}, **NUMBERS}, True, True),
    (A, {"properties": {}}, True, True),
    (A, {"properties": {"a": TEXT}}, True, True),
    ({**A, "required": ["a"]}, A, False, True),
    ({**AB, "required": ["a", "b"]}, {**AB, "required": ["b", "a"]}, False, False),
    ({**AB, **CLOSED, "required": ["a"]}, {**AB, **CLOSED, "required": ["b"]}, True, True),
    ({"properties": {}, **CLOSED}, {**A, **CLOSED, "required": ["a"]}, True, False),
    (CLOSED, {}, True, True),
    (NUMBERS, {"additionalProperties": TEXT}, True, True),
    (NUMBERS, {"additionalProperties": {}}, True, True),
    ({"properties": {"description": NUMBER}}, {"properties": {"description": TEXT}}, True, True),
    ({"properties": {"properties": NUMBER}}, {"properties": {"properties": {**NUMBER, "pattern": "a"}}}, True, True),
    ({"anyOf": [NUMBER]}, {"anyOf": [NUMBER, TEXT]}, True, True),
    ({"anyOf": [{"maximum": 1}, TEXT]}, {"anyOf": [{"maximum": 2}, TEXT]}, False, True),
    ({"oneOf": [NUMBER, TEXT]}, {"oneOf": [NUMBER]}, True, True),
    ({"oneOf": [{"maximum": 1}, {"minimum": 2}]}, {"oneOf": [{"maximum": 2}, {"minimum": 2}]}, True, True),
    ({"oneOf": [{**A, **CLOSED}, TEXT]}, {"oneOf": [{**AB, **CLOSED}, TEXT]}, True, True),
    ({"oneOf": [{"description": "a"}]}, {"oneOf": [{"description": "b"}]}, False, False),
    ({"allOf": [{"pattern": "a"}]}, {"allOf": [{"pattern": "b"}]}, True, True),
]


@pytest.mark.parametrize(("old", "new", "breaks_request", "breaks_answer"), CHANGES)
def test_looks_at_who_writes_it(old: Any, new: Any, breaks_request: bool, breaks_answer: bool) -> None:
    assert [is_broken(name, old, new) for name in ("Request", "Prediction")] == [breaks_request, breaks_answer]


@pytest.mark.parametrize(("old", "new", "_", "__"), [each for each in CHANGES if each[2] != each[3]])
def test_refuses_either_where_nobody_knows_who_writes_it(old: Any, new: Any, _: bool, __: bool) -> None:
    assert is_broken("Alone", old, new)


SCHEMAS: list[Any] = [
    *({"type": each} for each in ("integer", "number", "string", ["number", "null"], ["string", "null", "number"])),
    *({each: 1} for each in ("minimum", "maximum", "exclusiveMaximum", "const", "minLength", "maxLength", "maxItems")),
    *({"minimum": 0}, {"maximum": 2}, {"enum": [1]}, {"enum": [1, True]}, {"enum": [True, 1, "a"]}, {"maxItems": 2}),
    *({}, {"items": NUMBER}, {"items": NULLABLE}, {"required": ["a"]}, {"required": ["b", "a"]}, {"pattern": "a"}),
    *({"properties": {}, **keys, **others} for keys in (EMPTY, A, AB) for others in (EMPTY, CLOSED, NUMBERS)),
    *({**A, **CLOSED, "required": ["a"]}, {**AB, **CLOSED, "required": ["a"]}),
    *({**keys, "patternProperties": {"b": {"maximum": 1}}, **CLOSED} for keys in (A, AB)),
    *({**A, "maxProperties": 1}, {**AB, "maxProperties": 1}),
]
NESTINGS: dict[str, Callable[[Any], Any]] = {
    "alone": lambda it: it,
    "a key": lambda it: {"properties": {"a": it}, **CLOSED},
    "another key": lambda it: {"additionalProperties": it},
    "an item": lambda it: {"items": it},
    "all of": lambda it: {"allOf": [{"maximum": 5}, it]},
    "any of": lambda it: {"anyOf": [it, {"type": "null"}]},
    "one of": lambda it: {"oneOf": [it, NUMBER]},
    "not": lambda it: {"not": it},
    "contains": lambda it: {"contains": it},
    "if": lambda it: {"if": it, "then": {"type": ["integer", "string", "object"]}},
    "a pattern": lambda it: {"patternProperties": {"a": it}},
}
# Where what is let pass depends on the side, and where nothing may be.
OF_EACH_SORT = ("alone", "a key", "any of", "one of", "not")
SCALARS: list[Any] = [0, 1, 2, 0.5, 1.5, "", "a", "ab", None, True]
OBJECTS: list[Any] = [{}, *({key: each} for key in "abc" for each in SCALARS), {"a": 1, "b": "a"}, {"a": 1, "b": 2}]
ARRAYS: list[Any] = [[], *([each] for each in (*SCALARS, {}, {"a": 1})), [1, "a"], [None, 1], [1, 2, 0]]
INSTANCES = [*SCALARS, *OBJECTS, *ARRAYS, *({"a": each} for each in (*OBJECTS, *ARRAYS))]


def open_objects(schema: Any) -> Any:
    """Return the schema as those read it who ignore keys that they do not know."""
    return json.loads(json.dumps(schema).replace('"additionalProperties": false', '"x": 0'))


def list_refused(known: Any, wanted: Any) -> list[Any]:
    """Return what the one allows and the other does not."""
    before, after = Draft202012Validator(known), Draft202012Validator(wanted)
    return [each for each in INSTANCES if before.is_valid(each) and not after.is_valid(each)]


def build_both(schema: Any) -> Node:
    """Return a document with one schema for what is sent and what is read."""
    content = {"content": {"application/json": {"schema": schema}}}
    return {"paths": {"/": {"post": {"requestBody": content, "responses": {"200": content}}}}}


@pytest.mark.parametrize("nesting", NESTINGS if IS_LONG else OF_EACH_SORT)
def test_lets_pass_nothing_that_refuses_a_request_or_surprises_a_reader(nesting: str) -> None:
    sent, read = [], []
    for old, new in itertools.permutations(map(NESTINGS[nesting], SCHEMAS), 2):
        broken = {each.pointer.split("/")[4] for each in list_breaking(build_both(old), build_both(new))}
        sent += [(old, new)] if "requestBody" not in broken else []
        read += [(old, new)] if "responses" not in broken else []
    assert [(old, new) for old, new in sent if list_refused(old, new)] == []
    assert [(old, new) for old, new in read if list_refused(new, open_objects(old))] == []
    assert bool(sent and read) == (nesting not in ("one of", "not", "contains", "if", "a pattern"))
