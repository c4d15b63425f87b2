"""What Azure's API takes as a container app, as a strict JSON Schema.

Microsoft's client library describes the API's JSON in typed dictionaries; `az containerapp create --yaml` sends what
the file says as that JSON.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import Any, Union, cast, get_args, get_origin

from azure.mgmt.appcontainers import models, types
from typing_extensions import NotRequired, Required, get_type_hints, is_typeddict

from tests.platforms.schemas import Schema, read_limits

_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Any: {},
}
# What a file must say, which the library does not mark.
_REQUIRED = {
    "ContainerApp": ["name", "type", "properties"],
    "ContainerAppProperties": ["environmentId", "configuration", "template"],
    "Template": ["containers"],
    "Container": ["name", "image"],
    "EnvironmentVar": ["name"],
    "ContainerAppProbe": ["type"],
    "VolumeMount": ["volumeName", "mountPath"],
    "Volume": ["name"],
    "ScaleRule": ["name"],
}
_ENUMS = {name: each for name, each in vars(models).items() if isinstance(each, type) and issubclass(each, Enum)}


@cache
def build_app_schema() -> Schema:
    """Return the schema of a container app."""
    definitions: dict[str, Schema] = {}
    reference = _convert(types.ContainerApp, definitions)
    definitions["ContainerApp"]["properties"]["type"] = {"const": "Microsoft.App/containerApps"}
    return {**reference, "$defs": definitions}


def _convert(hint: Any, definitions: dict[str, Schema]) -> Schema:
    """Return the schema of a type, and put those of the typed dictionaries that it names into `definitions`."""
    if is_typeddict(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}  # where it names itself
            definitions[hint.__name__].update(_convert_object(hint, definitions))
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [each.value for each in hint]}
    return _PLAIN[hint] if hint in _PLAIN else _convert_generic(hint, definitions)


def _convert_generic(hint: Any, definitions: dict[str, Schema]) -> Schema:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Required, NotRequired):
        return _convert(arguments[0], definitions)
    if origin is list:
        return {"type": "array", "items": _convert(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _convert(arguments[1], definitions)}
    assert origin is Union, hint
    # An enumeration stands beside str, for values that are yet to come; here only those that there are will do.
    closed = [each for each in arguments if each is not str] or arguments
    return {"anyOf": [_convert(each, definitions) for each in closed]}


def _convert_object(hint: Any, definitions: dict[str, Schema]) -> Schema:
    hints = get_type_hints(hint, localns=_ENUMS, include_extras=True)
    limits = _read_all_limits(hint)
    return {
        "type": "object",
        "properties": {key: {**_convert(each, definitions), **limits.get(key, {})} for key, each in hints.items()},
        "additionalProperties": False,
        "required": [*_REQUIRED.get(hint.__name__, []), *(key for key, each in hints.items() if _is_required(each))],
    }


def _is_required(hint: Any) -> bool:
    return cast(Any, get_origin(hint)) is Required


def _read_all_limits(hint: Any) -> dict[str, Schema]:
    """Return the limits of each key, which only the documentation of the dictionary tells."""
    text = " ".join((hint.__doc__ or "").split())
    return {key: read_limits(description) for key, description in re.findall(r":ivar (\w+): (.*?) :vartype", text)}
