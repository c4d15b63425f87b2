"""What may change in the OpenAPI document, what may not, and that nothing else is let pass."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from release.differences import list_breaking
from tests.release.documents import JSON, Node, build_document, get_predict

Change = Callable[[Node], Any]

NUMBER: Node = {"type": "number"}
TEXT: Node = {"type": "string"}


def is_broken(old: Node, change: Change) -> bool:
    """Return whether a change of the document breaks callers, and that it is one."""
    new = copy.deepcopy(old)
    change(new)
    assert new != old
    return list_breaking(old, new) != []


def get_answer(document: Node) -> Node:
    """Return the answer with a prediction."""
    answer: Node = get_predict(document)["responses"]["200"]
    return answer


def add_parameter(**parameter: Any) -> Change:
    return lambda it: get_predict(it)["parameters"].append({"name": "n", "in": "query", **parameter})


def refer_to(name: str) -> Change:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return lambda it: get_predict(it)["requestBody"]["content"][JSON].update(schema=schema)


def rename_request(document: Node) -> None:
    schemas = document["components"]["schemas"]
    schemas["Input"] = schemas.pop("Request")
    refer_to("Input")(document)


def build_secured() -> Node:
    """Return a document with everything whose changes are looked at and that the small one does not have."""
    document = build_document()
    document["servers"] = [{"url": "/"}]
    document["components"]["securitySchemes"] = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    document["webhooks"] = {"done": {"post": {"requestBody": {"required": True}}}}
    get_predict(document).update(security=[{"key": ["a"]}], callbacks={"on": {"/": {"post": {"responses": {}}}}})
    get_predict(document)["responses"]["default"] = {"description": "Any."}
    get_answer(document)["headers"]["X-Model-Version"]["required"] = True
    get_answer(document)["content"][JSON]["example"] = {"label": 1}
    return document


EDITS: dict[str, Change] = {
    "a summary": lambda it: get_predict(it).update(summary="Other", tags=["other"], deprecated=True),
    "an example": lambda it: get_answer(it)["content"][JSON].update(example={"label": 2}),
    "the title": lambda it: it["info"].update(title="Another", license={"name": "MIT"}),
    "the tags": lambda it: it.update(tags=[{"name": "other"}]),
    "a path": lambda it: it["paths"].update({"/new": {"get": {}}}),
    "an operation": lambda it: it["paths"]["/health"].update(post={"responses": {}}),
    "a component": lambda it: it["components"]["schemas"].update(New=NUMBER),
    "an error": lambda it: get_predict(it)["responses"].update({"429": {"description": "Too many."}}),
    "a header": lambda it: get_answer(it)["headers"].update(Age={"schema": NUMBER}),
    "a media type of an answer": lambda it: get_answer(it)["content"].update({"text/csv": {}}),
    "a media type of a request": lambda it: get_predict(it)["requestBody"]["content"].update({"text/csv": {}}),
    "a parameter": add_parameter(schema=NUMBER),
    "a first parameter": lambda it: it["paths"]["/health"]["get"].update(parameters=[{"name": "n", "in": "query"}]),
    "a body that may be left out": lambda it: get_predict(it)["requestBody"].update(required=False),
    "a parameter that says that it may be left out": lambda it: get_predict(it)["parameters"][1].update(required=False),
    "a key of an answer": lambda it: it["components"]["schemas"]["Prediction"]["properties"].update(new=NUMBER),
    "a server by a relative URL": lambda it: it.update(servers=[{"url": "."}]),
}
BOTH_WAYS = {"a parameter that says that it may be left out", "a summary", "an example", "the title", "the tags"}

BREAKING: dict[str, Change] = {
    "a path that is gone": lambda it: it["paths"].pop("/health"),
    "an operation that is gone": lambda it: it["paths"]["/predict"].pop("post"),
    "another operationId": lambda it: get_predict(it).update(operationId="guess"),
    "no operationId": lambda it: get_predict(it).pop("operationId"),
    "another component": refer_to("Prediction"),
    "a component of another name": rename_request,
    "a parameter that must be there": add_parameter(required=True),
    "a parameter that may be anything": add_parameter(**{"$ref": "#/components/schemas/Request"}),
    "a parameter of a path": lambda it: it["paths"]["/predict"].update(
        parameters=[{"name": "t", "in": "cookie", "required": True}]
    ),
    "a parameter that must be there now": lambda it: get_predict(it)["parameters"][1].update(required=True),
    "a parameter of another type": lambda it: get_predict(it)["parameters"][1].update(schema=NUMBER),
    "a parameter in another style": lambda it: get_predict(it)["parameters"][1].update(style="spaceDelimited"),
    "a parameter in another place": lambda it: get_predict(it)["parameters"][1].update({"in": "cookie"}),
    "no body": lambda it: get_predict(it).pop("requestBody"),
    "a body that must be there": lambda it: it["paths"]["/health"]["get"].update(requestBody={"required": True}),
    "a demand that is none": lambda it: get_predict(it)["requestBody"].update(required=[]),
    "another media type": lambda it: get_predict(it)["requestBody"].update(content={"text/csv": {}}),
    "another encoding": lambda it: get_predict(it)["requestBody"]["content"][JSON].update(encoding={"x": {}}),
    "a success that is gone": lambda it: get_predict(it)["responses"].pop("200"),
    "another success": lambda it: get_predict(it)["responses"].update({"202": {"description": "Later."}}),
    "an answer by default": lambda it: it["paths"]["/health"]["get"]["responses"].update(default={}),
    "no answer by default": lambda it: get_predict(it)["responses"].pop("default"),
    "an answer as another media type": lambda it: get_answer(it).update(content={"text/csv": {}, "*/*": {}}),
    "a header that is gone": lambda it: get_answer(it)["headers"].pop("X-Model-Version"),
    "a header that may be missing": lambda it: get_answer(it)["headers"]["X-Model-Version"].pop("required"),
    "a header that may be null": lambda it: get_answer(it)["headers"]["X-Model-Version"].update(
        schema={"type": ["string", "null"]}
    ),
    "links": lambda it: get_answer(it).update(links={"next": {}}),
    "a header of a component": lambda it: it["components"]["responses"]["Problem503"]["headers"].clear(),
    "another server": lambda it: it.update(servers=[{"url": "/v2"}]),
    "another server by a relative URL": lambda it: it.update(servers=[{"url": ".."}]),
    "a first server of another kind": lambda it: it.update(servers=[{"url": ".", "variables": {}}]),
    "one more server": lambda it: it.update(servers=[{"url": "/"}, {"url": "."}]),
    "no server": lambda it: it.pop("servers"),
    "a webhook": lambda it: it["webhooks"].update(more={}),
    "an operation of a webhook": lambda it: it["webhooks"]["done"].update(put={}),
    "what is sent to a webhook": lambda it: it["webhooks"]["done"]["post"]["requestBody"].update(required=False),
    "what a callback may answer": lambda it: get_predict(it)["callbacks"]["on"]["/"]["post"]["responses"].update(
        {"400": {}}
    ),
    "credentials": lambda it: it["paths"]["/health"]["get"].update(security=[{"key": []}]),
    "credentials everywhere": lambda it: it.update(security=[{"key": []}]),
    "other credentials": lambda it: get_predict(it).update(security=[{"oauth": ["a"]}]),
    "more credentials": lambda it: get_predict(it).update(security=[{"key": ["a"], "oauth": []}]),
    "a wider scope": lambda it: get_predict(it).update(security=[{"key": ["a", "b"]}]),
    "credentials in another header": lambda it: it["components"]["securitySchemes"]["key"].update(name="X-Other"),
    "a way to log in that is gone": lambda it: it["components"]["securitySchemes"].pop("key"),
    "another OpenAPI": lambda it: it.update(openapi="3.2.0"),
    "a word that nobody knows": lambda it: get_predict(it).update({"x-unit": {"description": "m"}}),
}


@pytest.mark.parametrize("name", EDITS)
def test_lets_pass(name: str) -> None:
    assert not is_broken(build_secured(), EDITS[name])


@pytest.mark.parametrize("name", BREAKING)
def test_refuses(name: str) -> None:
    assert is_broken(build_secured(), BREAKING[name])


@pytest.mark.parametrize("name", sorted(EDITS.keys() - BOTH_WAYS))
def test_refuses_what_takes_an_edit_back(name: str) -> None:
    old, new = build_secured(), build_secured()
    EDITS[name](new)
    assert list_breaking(new, old) != []


def test_names_a_place_once() -> None:
    old, new = build_document(), build_document()
    for document, most in ((old, 1), (new, {})):
        refer_to("Prediction")(document)
        document["components"]["schemas"]["Prediction"]["x-most"] = most
    assert [each.pointer for each in list_breaking(old, new)] == ["/components/schemas/Prediction/x-most"]
