"""Small OpenAPI documents, and what the comparison says of them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from release.api.changes import list_breaking_changes
from release.api.document import ApiDocument

Node = dict[str, Any]

JSON = "application/json"


def build_document(version: str = "1.2.0") -> Node:
    """Return a document with one operation that takes a body, and one that does not."""
    label = {"type": "object", "properties": {"label": {"type": "integer"}}, "required": ["label"]}
    answer = {
        "description": "The prediction.",
        "headers": {"X-Model-Version": {"schema": {"type": "string"}}},
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Prediction"}}},
    }
    problem = {"description": "Not yet.", "headers": {"Retry-After": {"schema": {"type": "integer"}}}}
    predict = {
        "operationId": "predict",
        "parameters": [
            {"name": "X-Request-ID", "in": "header", "schema": {"type": "string"}},
            {"name": "download", "in": "query", "schema": {"type": "string"}},
        ],
        "requestBody": {"required": True, "content": {JSON: {"schema": {"$ref": "#/components/schemas/Request"}}}},
        "responses": {"200": answer, "503": {"$ref": "#/components/responses/Problem503"}},
    }
    health = {"responses": {"200": {"description": "It is up."}, "503": {"$ref": "#/components/responses/Problem503"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Example", "version": version},
        "paths": {"/predict": {"post": predict}, "/health": {"get": health}},
        "components": {
            "schemas": {"Request": {"type": "object", "properties": {"features": {}}}, "Prediction": label},
            "responses": {"Problem503": problem},
        },
    }


def get_predict(document: Node) -> Node:
    """Return the operation that takes a body."""
    operation: Node = document["paths"]["/predict"]["post"]
    return operation


def list_changes(old: Node, new: Node) -> list[str]:
    """Return what the comparison says of two documents, which it must leave as they are."""
    before = copy.deepcopy((old, new))
    changes = list_breaking_changes(ApiDocument(old), ApiDocument(new))
    assert (old, new) == before
    return changes


def list_changes_by(change: Callable[[Node], Any], prepare: Callable[[Node], Any] = lambda document: None) -> list[str]:
    """Return what the comparison says of the small document before and after `change`."""
    old = build_document()
    prepare(old)
    new = copy.deepcopy(old)
    change(new)
    return list_changes(old, new)


def list_request_changes(old: Any, new: Any, **components: Any) -> list[str]:
    """Return what is said where the key `x` of a request has the schema `old`, and then `new`."""
    return list_changes(*(_build_with("Request", schema, components) for schema in (old, new)))


def list_answer_changes(old: Any, new: Any, **components: Any) -> list[str]:
    """Return what is said where the key `x` of an answer has the schema `old`, and then `new`."""
    return list_changes(*(_build_with("Prediction", schema, components) for schema in (old, new)))


def _build_with(name: str, schema: Any, components: Node) -> Node:
    document = build_document()
    document["components"]["schemas"].update(copy.deepcopy(components))
    document["components"]["schemas"][name] = {"type": "object", "properties": {"x": schema}}
    return document


def expect(sentence: str | None, place: str) -> list[str]:
    """Return what is to be said: nothing, or one sentence of the operation with the place filled in."""
    return [f"POST /predict: {sentence.format(place)}."] if sentence else []
