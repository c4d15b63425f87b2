"""Checks documents against a JSON Schema and says where they are at fault."""

from __future__ import annotations

import re
from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]

_LIMIT = re.compile(r"(Minimum|Maximum) value is (\d+)")
_WORDS = {"Minimum": "minimum", "Maximum": "maximum"}


def find_faults(schema: Schema, document: Any) -> list[str]:
    """Return what is wrong with a document, and where."""
    Draft202012Validator.check_schema(schema)
    errors = Draft202012Validator(schema).iter_errors(document)
    return sorted(f"{error.json_path}: {error.message}" for error in errors)


def read_limits(description: str) -> Schema:
    """Return as a schema the limits that the makers of an API have put into words alone."""
    return {_WORDS[word]: int(number) for word, number in _LIMIT.findall(description)}
