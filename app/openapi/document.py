"""The OpenAPI document of the model being served, built from what stands beside the views and validates its input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import yaml
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask

from app.columns.row_schema import RowSchema
from app.openapi.components import PROBLEM_RESPONSES, build_operation, build_problem_response
from app.openapi.examples import ApiExamples
from app.version import __version__
from app.web.description import get_description
from app.web.inference.schemas import FeaturesField, InstancesField
from app.web.operations.schemas import (
    DriftSchema,
    HealthSchema,
    ModelSchema,
    ProblemSchema,
    ReadySchema,
)
from app.web.service import ServedModel

OPENAPI_VERSION = "3.1.0"


class _Dumper(yaml.SafeDumper):
    """Writes repeated values out, since not every generator reads aliases, and text of many lines as such."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _Dumper.represent_text)


TAGS = {
    "inference": "Predictions, one by one or many at once.",
    "operations": "What operators and load balancers ask.",
    "documentation": "This document, and pages that show it.",
}

_DESCRIPTION = (
    "Predictions of a scikit-learn model over HTTP/1.0 and HTTP/1.1.\n\n"
    "Every answer carries `X-Request-ID` and `X-Model-Version`. Every error is an `application/problem+json` document "
    "(RFC 9457), with the places at fault where the body is to blame. A path that does not exist is answered 404, "
    "and a method that a path does not have 405, in the same shape."
)


def encode_document(document: dict[str, Any], file_name: str) -> bytes:
    """Return `document` as the content of `file_name`: YAML for a name that ends in .yaml, else JSON."""
    if file_name.endswith(".yaml"):
        return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120).encode()
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def build_document(app: Flask, served: ServedModel, root: str = ".") -> dict[str, Any]:
    """Return the OpenAPI document of `app` while it serves `served`.

    `root` leads from the document's address to that of the service: by OpenAPI a relative URL of a server begins there,
    so that a document that was fetched below a prefix of a proxy's leads below that prefix.
    """
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title="ml-service",
        version=__version__,
        openapi_version=OPENAPI_VERSION,
        info={"description": _DESCRIPTION, "license": {"name": "MIT", "identifier": "MIT"}},
        servers=[{"url": root}],
        tags=[{"name": name, "description": description} for name, description in TAGS.items()],
        plugins=[plugin],
    )
    row = served.model.columns.describe_row()
    converter: Any = plugin.converter
    converter.add_attribute_function(_build_describer(row))
    examples = ApiExamples(served)
    _add_schemas(spec, served, row)
    for status in PROBLEM_RESPONSES:
        spec.components.response(f"Problem{status}", build_problem_response(status, examples))
    for path, operations in _collect_operations(app, examples).items():
        spec.path(path=path, operations=operations)
    document: dict[str, Any] = spec.to_dict()
    return {"openapi": document.pop("openapi"), **document}


def _add_schemas(spec: APISpec, served: ServedModel, row: RowSchema) -> None:
    for name, component in row.components.items():
        spec.components.schema(name, component=component)
    spec.components.schema("PredictRequest", schema=served.predict_schema)
    spec.components.schema("BatchRequest", schema=served.batch_schema)
    for name, component in served.model.output.to_json_schemas().items():
        spec.components.schema(name, component=component)
    spec.components.schema("BatchPrediction", component=_describe_batch(served.max_batch_size))
    schemas = {
        "Health": HealthSchema,
        "Ready": ReadySchema,
        "Model": ModelSchema,
        "Drift": DriftSchema,
        "Problem": ProblemSchema,
    }
    for name, schema in schemas.items():
        spec.components.schema(name, schema=schema)


def _describe_batch(max_batch_size: int) -> dict[str, Any]:
    """Return the JSON Schema of the predictions of one batch."""
    size = {"minItems": 1, "maxItems": max_batch_size}
    predictions = {"type": "array", "description": "In the order of the instances.", **size}
    return {
        "type": "object",
        "properties": {
            "predictions": {**predictions, "items": {"$ref": "#/components/schemas/Prediction"}},
            "model_version": {"type": "string"},
            "n_instances": {"type": "integer", "minimum": 1, "maximum": max_batch_size},
        },
        "required": ["model_version", "n_instances", "predictions"],
        "additionalProperties": False,
    }


def _collect_operations(app: Flask, examples: ApiExamples) -> dict[str, dict[str, Any]]:
    """Return the operations of each path, in the order of the routes. Raises `LookupError` for one not described."""
    paths: dict[str, dict[str, Any]] = {}
    for rule in app.url_map.iter_rules():
        description = get_description(app.view_functions[rule.endpoint])
        if not description.is_listed:
            continue
        tag, _, name = rule.endpoint.rpartition(".")
        path = rule.rule.replace("<", "{").replace(">", "}")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = build_operation(name, tag, description, examples)
    return paths


def _build_describer(row: RowSchema) -> Callable[..., dict[str, Any]]:
    """Return what tells apispec how the fields look that hold rows."""

    def describe(converter: Any, field: Any, **kwargs: Any) -> dict[str, Any]:
        if isinstance(field, FeaturesField):
            return row.schema
        if isinstance(field, InstancesField):
            return {"type": "array", "minItems": 1, "maxItems": field.max_batch_size, "items": row.schema}
        return {}

    return describe
