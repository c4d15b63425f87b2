"""What Cloud Run's API takes as a service, as a strict JSON Schema.

The API describes itself in a discovery document; Google's client library carries it. Of a service read from YAML the
API refuses every key that is not in there.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.metadata import distribution
from typing import Any

from tests.platforms.schemas import Schema, read_limits

_DOCUMENT = "googleapiclient/discovery_cache/documents/run.v1.json"
_UNSUPPORTED = "Not supported by Cloud Run"
_ANNOTATION = re.compile(r"`([a-z.]+/[A-Za-z-]+)`: ([A-Z][A-Za-z, ]+)")
# What a manifest must say, which the discovery document does not mark.
_REQUIRED = {
    "Service": ["apiVersion", "kind", "metadata", "spec"],
    "ServiceSpec": ["template"],
    "RevisionTemplate": ["spec"],
    "RevisionSpec": ["containers"],
    "Container": ["image"],
    "EnvVar": ["name"],
}


@cache
def build_service_schema() -> Schema:
    """Return the schema of a service: without what is read only, deprecated, or for other platforms than Cloud Run."""
    definitions = {name: _convert_object(name, each) for name, each in _read_schemas().items()}
    definitions["Service"]["properties"]["apiVersion"] = {"const": "serving.knative.dev/v1"}
    definitions["Service"]["properties"]["kind"] = {"const": "Service"}
    return {"$ref": "#/$defs/Service", "$defs": definitions}


def find_unknown_annotations(service: dict[str, Any]) -> list[str]:
    """Return the annotations of Cloud Run that mean nothing where they stand."""
    known = _read_annotations()
    places = {"Service": service["metadata"], "Revision": service["spec"]["template"]["metadata"]}
    return [name for kind, place in places.items() for name in place["annotations"] if kind not in known.get(name, ())]


def _read_annotations() -> dict[str, list[str]]:
    """Return for each annotation the resources that may have it."""
    description = _read_schemas()["ObjectMeta"]["properties"]["annotations"]["description"]
    return {name: re.findall("[A-Z][A-Za-z]+", kinds) for name, kinds in _ANNOTATION.findall(description)}


@cache
def _read_schemas() -> dict[str, Any]:
    path = distribution("google-api-python-client").locate_file(_DOCUMENT)
    schemas: dict[str, Any] = json.loads(str(path.read_text()))["schemas"]
    return schemas


def _convert_object(name: str, schema: Schema) -> Schema:
    properties = schema.get("properties", {})
    kept = {key: _convert(each) for key, each in properties.items() if _is_taken(each)}
    return {
        "type": "object",
        "properties": kept,
        "additionalProperties": False,
        "required": _REQUIRED.get(name, []),
    }


def _is_taken(schema: Schema) -> bool:
    is_unsupported = _UNSUPPORTED in schema.get("description", "")
    return not (is_unsupported or schema.get("readOnly") or schema.get("deprecated"))


def _convert(schema: Schema) -> Schema:
    """Return a part of the discovery document as JSON Schema has it."""
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    if schema["type"] == "any":
        return {}
    converted: Schema = {"type": schema["type"], **read_limits(schema.get("description", ""))}
    for key in ("items", "additionalProperties"):
        if key in schema:
            converted[key] = _convert(schema[key])
    return {**converted, **({"enum": schema["enum"]} if "enum" in schema else {})}
