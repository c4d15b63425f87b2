"""A small OpenAPI document."""

from __future__ import annotations

from typing import Any

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
