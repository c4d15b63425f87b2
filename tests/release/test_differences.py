"""What may change in the OpenAPI document, what may not, and that nothing else is let pass."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from release.differences import list_breaking
from tests.release.documents import JSON, build_document, get_predict
from tests.support.running_server import ROOT

Node = dict[str, Any]
Change = Callable[[Node], Any]

REAL = json.loads((ROOT / "openapi.json").read_text())
WORDS = {"summary", "description", "example", "examples", "tags", "title", "info"}
NUMBER = {"type": "number"}
CLOSED: Node = {"properties": {}, "additionalProperties": False}
PAIR = {"minItems": 2, "maxItems": 2}


def list_pointers(old: Node, new: Node) -> list[str]:
    """Return where `new` breaks `old`; the comparison leaves both as they are."""
    before = copy.deepcopy((old, new))
    pointers = [each.pointer for each in list_breaking(old, new)]
    assert (old, new) == before
    return pointers


def apply(change: Change) -> tuple[Node, Node]:
    """Return the small document before and after `change`."""
    old, new = build_document(), build_document()
    change(new)
    return old, new


def set_schema(name: str, schema: Any) -> Change:
    """Return what gives the key `x` of the component `name` a schema."""

    def change(document: Node) -> None:
        keys = {"type": "object", "properties": {"x": schema}, "additionalProperties": False}
        document["components"]["schemas"][name] = keys

    return change


def compare(name: str, old: Any, new: Any) -> list[str]:
    """Return where it breaks callers that the key `x` of a component has another schema."""
    documents = build_document(), build_document()
    for document, schema in zip(documents, (old, new), strict=True):
        set_schema(name, schema)(document)
    return list_pointers(*documents)


HARMLESS: dict[str, Change] = {
    "words": lambda it: get_predict(it).update(summary="Other", description="Words", tags=["new"]),
    "an example": lambda it: get_predict(it)["responses"]["200"]["content"][JSON].update(example={"label": 1}),
    "the title": lambda it: it["info"].update(title="Another", description="Words"),
    "a new path": lambda it: it["paths"].update({"/new": {"get": {}}}),
    "a new operation": lambda it: it["paths"]["/health"].update(post={"responses": {}}),
    "a new component": lambda it: it["components"]["schemas"].update(New={"type": "object"}),
    "a new status": lambda it: get_predict(it)["responses"].update({"429": {"description": "Too many."}}),
    "a new header": lambda it: get_predict(it)["responses"]["200"]["headers"].update(Age={"schema": NUMBER}),
    "a new media type of an answer": lambda it: get_predict(it)["responses"]["200"]["content"].update({"text/csv": {}}),
    "a new media type of a request": lambda it: get_predict(it)["requestBody"]["content"].update({"text/csv": {}}),
    "a new parameter": lambda it: add_parameter(schema=NUMBER)(it),
    "a first parameter": lambda it: it["paths"]["/health"]["get"].update(parameters=[{"name": "n", "in": "query"}]),
    "parameters in another order": lambda it: get_predict(it)["parameters"].reverse(),
    "a header's name in capitals": lambda it: get_predict(it)["parameters"][0].update(name="X-REQUEST-ID"),
    "a body that may be left out": lambda it: get_predict(it)["requestBody"].update(required=False),
    "a new key of an answer": lambda it: it["components"]["schemas"]["Prediction"]["properties"].update(new=NUMBER),
    "a key that is always there": lambda it: it["components"]["schemas"]["Prediction"].update(required=["x", "label"]),
}

BOTH_WAYS = {"words", "an example", "the title", "parameters in another order", "a header's name in capitals"}


def rename_request(document: Node) -> None:
    """Give a component another name, wherever it is used."""
    schemas = document["components"]["schemas"]
    schemas["New"] = schemas.pop("Request")
    refer_to("New")(document)


def refer_to(name: str) -> Change:
    """Return what has the request be another component."""
    schema = {"$ref": f"#/components/schemas/{name}"}
    return lambda it: get_predict(it)["requestBody"]["content"][JSON].update(schema=schema)


def add_parameter(**parameter: Any) -> Change:
    """Return what adds a parameter."""
    return lambda it: get_predict(it)["parameters"].append({"name": "n", "in": "query", **parameter})


def get_retry_after(document: Node) -> Node:
    """Return the schema of a header that stands in a component."""
    schema: Node = document["components"]["responses"]["Problem503"]["headers"]["Retry-After"]["schema"]
    return schema


BREAKING: dict[str, Change] = {
    "a path that is gone": lambda it: it["paths"].pop("/health"),
    "an operation that is gone": lambda it: it["paths"]["/predict"].pop("post"),
    "a component that is gone": rename_request,
    "another component": refer_to("Prediction"),
    "another operationId": lambda it: get_predict(it).update(operationId="guess"),
    "a status that is gone": lambda it: get_predict(it)["responses"].pop("200"),
    "a header that is gone": lambda it: get_predict(it)["responses"]["200"].pop("headers"),
    "a media type that is gone": lambda it: get_predict(it)["responses"]["200"].update(content={"text/csv": {}}),
    "a body that is gone": lambda it: get_predict(it).pop("requestBody"),
    "a body that must be there": lambda it: it["paths"]["/health"]["get"].update(requestBody={"required": True}),
    "a parameter that is gone": lambda it: get_predict(it)["parameters"].pop(),
    "a new parameter that must be there": add_parameter(required=True),
    "a parameter that must be there now": lambda it: get_predict(it)["parameters"][1].update(required=True),
    "a parameter of another type": lambda it: get_predict(it)["parameters"][1]["schema"].update(type="integer"),
    "a key that may be missing": lambda it: it["components"]["schemas"]["Prediction"].pop("required"),
    "credentials": lambda it: get_predict(it).update(security=[{"key": []}]),
    "credentials everywhere": lambda it: it.update(security=[{"key": []}]),
    "another server": lambda it: it.update(servers=[{"url": "/v2"}]),
    "another OpenAPI": lambda it: it.update(openapi="3.2.0"),
    "a webhook": lambda it: it.update(webhooks={"done": {}}),
    "a header of another type": lambda it: get_retry_after(it).update(type="string"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_lets_pass(name: str) -> None:
    assert list_pointers(*apply(HARMLESS[name])) == []


@pytest.mark.parametrize("name", BREAKING)
def test_refuses(name: str) -> None:
    assert list_pointers(*apply(BREAKING[name])) != []


@pytest.mark.parametrize(
    "name",
    sorted(
        HARMLESS.keys()
        - {"words", "an example", "the title", "parameters in another order", "a header's name in capitals"}
    ),
)
def test_refuses_what_takes_a_harmless_edit_back(name: str) -> None:
    old, new = apply(HARMLESS[name])
    assert list_pointers(new, old) != []


# What a key's schema was and is, and whether that breaks those who send it, and those who read it.
@pytest.mark.parametrize(
    ("old", "new", "breaks_request", "breaks_answer"),
    [
        (NUMBER, {"type": "string"}, True, True),
        (NUMBER, {"type": ["number", "null"]}, False, True),
        ({"type": ["number", "null"]}, NUMBER, True, False),
        ({"type": ["number", "null"]}, {"type": ["null", "number"]}, False, False),
        ({"type": "integer"}, NUMBER, True, True),
        (NUMBER, {}, True, True),
        ({}, NUMBER, True, True),
        ({"maximum": 1}, {"maximum": 2}, False, True),
        ({"maximum": 2}, {"maximum": 1}, True, False),
        ({"maximum": 2}, {}, False, True),
        ({}, {"maximum": 2}, True, False),
        ({"minimum": 1}, {"minimum": 0}, False, True),
        ({"minimum": 0}, {"minimum": 1}, True, False),
        ({"maxItems": 8}, {"maxItems": 9}, False, True),
        ({"minLength": 1}, {"minLength": 2}, True, False),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, False, True),
        ({"enum": ["a", "b"]}, {"enum": ["b"]}, True, False),
        ({"enum": ["a", "b"]}, {"enum": ["b", "a"]}, False, False),
        ({"enum": [1]}, {"enum": [True]}, True, True),
        ({"const": 1}, {"const": 2}, True, True),
        ({"default": "ok"}, {}, True, True),
        ({"pattern": "^a"}, {}, True, True),
        ({"format": "double"}, {"format": "float"}, True, True),
        ({"title": "A"}, {"title": "B"}, True, True),
        ({"items": NUMBER}, {"items": {"type": "string"}}, True, True),
        ({"items": {"maximum": 1}}, {"items": {"maximum": 2}}, False, True),
        ({"oneOf": [NUMBER]}, {"oneOf": [NUMBER, {"type": "string"}]}, True, True),
        ({"additionalProperties": False}, {}, True, True),
        ({"properties": {}}, {"properties": {"a": NUMBER}}, True, False),
        (CLOSED, {**CLOSED, "properties": {"a": NUMBER}}, False, False),
        ({"properties": {"a": NUMBER}}, {"properties": {}}, True, True),
        ({"properties": {"a": NUMBER}, "required": ["a"]}, {"properties": {"a": NUMBER}}, False, True),
        ({"properties": {"a": NUMBER}}, {"properties": {"a": NUMBER}, "required": ["a"]}, True, False),
        ({"properties": {"description": NUMBER}}, {"properties": {"description": {}}}, True, True),
        ({"properties": {"headers": NUMBER}}, {"properties": {"headers": {**NUMBER, "pattern": "a"}}}, True, True),
        ({"properties": {"content": {}}}, {"properties": {"content": NUMBER}}, True, True),
        ({"description": "In order: a, b.", **PAIR}, {"description": "In order: b, a.", **PAIR}, True, True),
        ({"description": "Some."}, {"description": "Others."}, False, False),
    ],
)
def test_looks_into_schemas(old: Any, new: Any, breaks_request: bool, breaks_answer: bool) -> None:
    assert [bool(compare(name, old, new)) for name in ("Request", "Prediction")] == [breaks_request, breaks_answer]


def test_an_answer_may_hold_as_many_items_as_the_request_takes_now() -> None:
    old, new = build_document(), build_document()
    for document, most in ((old, 512), (new, 1024)):
        set_schema("Request", {"maxItems": most})(document)
        set_schema("Prediction", {"maxItems": most})(document)
    assert list_pointers(old, new) == []
    set_schema("Prediction", {"maxItems": 1025})(new)
    assert list_pointers(old, new) == ["/components/schemas/Prediction/properties/x/maxItems"]


def test_names_a_place_in_a_component_once() -> None:
    old, new = apply(lambda it: it["components"]["responses"]["Problem503"].pop("headers"))
    assert list_pointers(old, new) == ["/components/responses/Problem503/headers"]


def test_compares_components_that_nothing_refers_to() -> None:
    old, new = build_document(), build_document()
    old["components"]["schemas"]["Alone"] = NUMBER
    new["components"]["schemas"]["Alone"] = {"type": "string"}
    assert list_pointers(old, new) == ["/components/schemas/Alone/type"]


def test_follows_a_component_that_contains_itself() -> None:
    old, new = build_document(), build_document()
    for document, kind in ((old, "number"), (new, "string")):
        inner = {"$ref": "#/components/schemas/Prediction"}
        set_schema("Prediction", {"properties": {"inner": inner, "value": {"type": kind}}})(document)
    assert list_pointers(old, new) == ["/components/schemas/Prediction/properties/x/properties/value/type"]


@pytest.mark.parametrize("reference", ["#/components/schemas/Lost", "other.json#/x", "#/info/title/Lost"])
def test_refuses_a_reference_that_leads_nowhere(reference: str) -> None:
    old, new = apply(lambda it: get_predict(it)["requestBody"]["content"][JSON]["schema"].update({"$ref": reference}))
    with pytest.raises(LookupError, match="leads"):
        list_breaking(old, new)


def list_places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to each member that no words are under."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in members:
        if key not in WORDS or path[-1:] == ("properties",):
            yield (*path, key)
            yield from list_places(value, (*path, key))


def get(node: Any, path: tuple[Any, ...]) -> Any:
    """Return what stands at `path`."""
    for key in path:
        node = node[key]
    return node


@pytest.mark.parametrize("is_removed", [True, False])
def test_lets_nothing_of_the_real_document_be_removed_or_become_something_else(is_removed: bool) -> None:
    old = shrink(REAL)
    new = copy.deepcopy(old)
    missed = []
    for *path, key in list(list_places(old)):
        around = get(new, tuple(path))
        before = copy.copy(around)
        if is_removed:
            del around[key]
        else:
            around[key] = "something else"
        if not is_broken(old, new):
            missed.append((*path, key))
        around.clear()
        around.update(before) if isinstance(around, dict) else around.extend(before)
    assert [place for place in missed if not (is_removed and is_no_loss(place))] == []
    assert new == old and len(missed) < 50


def is_broken(old: Node, new: Node) -> bool:
    """Return whether `new` breaks `old`, or is no document any more."""
    try:
        return bool(list_breaking(old, new))
    except LookupError:
        return True


def is_no_loss(place: tuple[Any, ...]) -> bool:
    """Return whether callers live with it: a limit or a demand on what they send, one type fewer of what they get."""
    is_request = not {"PredictRequest", "BatchRequest", "requestBody", "parameters"}.isdisjoint(place)
    limits = ("minimum", "maximum", "minItems", "maxItems")
    return place[-2] == "type" or (is_request and (place[-1] in limits or "required" in place))


def shrink(document: Node) -> Node:
    """Return the document of a model with the first two features alone: thirty say no more, and take minutes."""
    small: Node = copy.deepcopy(document)
    for name, key in (("PredictRequest", "features"), ("BatchRequest", "instances")):
        schema = small["components"]["schemas"][name]["properties"][key]
        for form in schema.get("oneOf") or schema["items"]["oneOf"]:
            if "properties" in form:
                form["properties"] = dict(list(form["properties"].items())[:2])
                form["required"] = form["required"][:2]
    return small
