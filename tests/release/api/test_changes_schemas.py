from __future__ import annotations

from typing import Any

import pytest

from tests.release.api.documents import (
    JSON,
    Node,
    expect,
    list_answer_changes,
    list_changes_by,
    list_request_changes,
)

COUNT = {"type": "integer"}
TEXT = {"type": "string"}
PART = {"type": "object", "title": "A part", "properties": {"a": COUNT}}
REFERENCE = {"$ref": "#/components/schemas/Part"}
CLASS_NAME = "generated clients name a class after it"
UNKNOWN = "'x' of {} differs in 'allOf', which cannot be compared"
RETYPED = 'the type of \'x[]\' of {} is "integer", and was "string"'

# What was, what is, and what is said of it in a request and in an answer.
CHANGES: list[tuple[Any, Any, str | None, str | None]] = [
    ({"items": TEXT}, {"items": COUNT}, RETYPED, RETYPED),
    ({}, {"items": TEXT}, "the type of 'x[]' of {} is \"string\", and was not set", None),
    ({"allOf": [COUNT, {"minimum": 1}]}, {"type": "integer", "minimum": 1}, None, None),
    ({"allOf": [{"minimum": 1}, {"minimum": 3}]}, {"minimum": 2}, None, "the minimum of 'x' of {} is 2, and was 3"),
    ({"allOf": [{"maximum": 1}, {"maximum": 3}]}, {"maximum": 2}, None, "the maximum of 'x' of {} is 2, and was 1"),
    ({"allOf": [{"type": "number"}, {"type": ["integer", "null"]}]}, COUNT, None, None),
    ({"allOf": [{"type": ["integer", "null"]}, {"type": "number"}]}, COUNT, None, None),
    ({"allOf": [{"allOf": [COUNT]}, {"minimum": 1}]}, {**COUNT, "minimum": 1}, None, None),
    ({"allOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"required": ["a", "b"]}, None, None),
    (
        {"allOf": [PART, {"properties": {"a": {"minimum": 1}}}]},
        {**PART, "properties": {"a": {**COUNT, "minimum": 1}}},
        None,
        None,
    ),
    (
        {"allOf": [{"pattern": "a"}, {"pattern": "b"}]},
        {"allOf": [{"pattern": "a"}, {"pattern": "c"}]},
        UNKNOWN,
        UNKNOWN,
    ),
    ({"allOf": [{"pattern": "a"}, {"pattern": "b"}]}, {"allOf": [{"pattern": "a"}, {"pattern": "b"}]}, None, None),
]


@pytest.mark.parametrize(("old", "new", "sentence"), [(old, new, said) for old, new, said, _ in CHANGES])
def test_callers_can_send_what_they_sent(old: Any, new: Any, sentence: str | None) -> None:
    assert list_request_changes(old, new) == expect(sentence, "the request")


@pytest.mark.parametrize(("old", "new", "sentence"), [(old, new, said) for old, new, _, said in CHANGES])
def test_callers_can_read_what_they_get(old: Any, new: Any, sentence: str | None) -> None:
    assert list_answer_changes(old, new) == expect(sentence, "the answer 200")


def test_follows_references_and_reads_what_stands_beside_them() -> None:
    old, new = {**REFERENCE, "minimum": 1}, {**REFERENCE, "minimum": 2}
    assert list_request_changes(old, new, Part=COUNT) == [
        "POST /predict: the minimum of 'x' of the request is 2, and was 1."
    ]


def test_a_schema_may_move_into_a_component() -> None:
    assert list_answer_changes(PART, REFERENCE, Part=PART) == []


def test_reports_a_component_that_is_renamed() -> None:
    def rename(document: Node) -> None:
        schemas = document["components"]["schemas"]
        schemas["Input"] = schemas.pop("Request")
        get_body(document)["schema"] = {"$ref": "#/components/schemas/Input"}

    assert list_changes_by(rename) == [f"components: the schema 'Request' is no longer there: {CLASS_NAME}."]


def test_reports_another_component_in_its_place() -> None:
    other = {"$ref": "#/components/schemas/Other"}
    assert list_answer_changes(REFERENCE, other, Part=PART, Other=PART) == [
        f'POST /predict: the schema of \'x\' of the answer 200 is "Other", and was "Part": {CLASS_NAME}.'
    ]


def test_compares_a_schema_that_contains_itself() -> None:
    def retype(document: Node) -> None:
        document["components"]["schemas"]["Request"]["properties"]["name"] = COUNT

    def nest(document: Node) -> None:
        node = {"properties": {"name": TEXT, "next": {"$ref": "#/components/schemas/Request"}}}
        document["components"]["schemas"]["Request"] = node

    assert list_changes_by(retype, nest) == [
        'POST /predict: the type of \'name\' of the request is "integer", and was "string".'
    ]


def test_reports_the_same_change_at_every_place() -> None:
    old, new = ({"properties": {"a": part, "b": part}} for part in ({"maximum": 1}, {"maximum": 2}))
    assert list_answer_changes(old, new) == [
        "POST /predict: the maximum of 'x.a' of the answer 200 is 2, and was 1.",
        "POST /predict: the maximum of 'x.b' of the answer 200 is 2, and was 1.",
    ]


def test_looks_behind_references_in_what_it_cannot_compare() -> None:
    def prepare(document: Node) -> None:
        document["components"]["schemas"].update(Part={"not": REFERENCE, "title": "Part"}, Request={"not": REFERENCE})

    changes = list_changes_by(lambda it: it["components"]["schemas"]["Part"].update(minimum=1), prepare)
    assert changes == ["POST /predict: the request differs in 'not', which cannot be compared."]


def set_batch_limits(document: Node, n_taken: int, n_answered: int, n_counted: int) -> None:
    items = {"type": "array", "items": TEXT}
    get_body(document)["schema"] = {**items, "maxItems": n_taken}
    document["components"]["schemas"]["Prediction"] = {
        "properties": {"predictions": {**items, "maxItems": n_answered}, "n_instances": {"maximum": n_counted}}
    }


def get_body(document: Node) -> Node:
    body: Node = document["paths"]["/predict"]["post"]["requestBody"]["content"][JSON]
    return body


def test_an_answer_may_grow_with_what_is_asked() -> None:
    changes = list_changes_by(lambda it: set_batch_limits(it, 9, 9, 9), lambda it: set_batch_limits(it, 5, 5, 5))
    assert changes == []


def test_an_answer_may_not_grow_otherwise() -> None:
    changes = list_changes_by(lambda it: set_batch_limits(it, 9, 8, 10), lambda it: set_batch_limits(it, 5, 5, 5))
    assert changes == [
        "POST /predict: the maxItems of 'predictions' of the answer 200 is 8, and was 5.",
        "POST /predict: the maximum of 'n_instances' of the answer 200 is 10, and was 5.",
    ]
