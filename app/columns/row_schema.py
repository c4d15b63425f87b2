"""The JSON Schema of a row: by position or by name, with schemas that many columns share where there are many."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from app.columns.column import Column

# From so many columns on the document would be mostly repetition, which readers and generators of code suffer from.
MOST_COLUMNS_IN_FULL = 100
_MOST_NAMED = 10
_REFERENCE = "#/components/schemas/"
_INSTANCE = "Instance"

Schema = dict[str, Any]


class RowSchema:
    """What the OpenAPI document says of a row of these columns: `schema`, which may refer to `components`.

    Of a wide table the row itself is such a component, and so is what is said of a value of more than one column.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self.components: dict[str, Schema] = {}
        of_values = [column.to_nullable_schema() for column in columns]
        if len(columns) <= MOST_COLUMNS_IN_FULL:
            self.schema = self._describe_row(of_values)
            return
        self.components = self._name_shared(of_values)
        of_shared = {_to_key(schema): {"$ref": _REFERENCE + name} for name, schema in self.components.items()}
        self.components[_INSTANCE] = self._describe_row([of_shared.get(_to_key(each), each) for each in of_values])
        self.schema = {"$ref": _REFERENCE + _INSTANCE}

    def _describe_row(self, of_values: Sequence[Schema]) -> Schema:
        names = [column.name for column in self._columns]
        by_position = {
            "title": "By position",
            "description": _describe_order(names),
            "type": "array",
            **_describe_items(of_values),
            "minItems": len(names),
            "maxItems": len(names),
        }
        by_name = {
            "title": "By name",
            "description": "In any order.",
            "type": "object",
            "properties": dict(zip(names, of_values, strict=True)),
            "required": names,
            "additionalProperties": False,
        }
        return {"oneOf": [by_position, by_name]}

    def _name_shared(self, of_values: Sequence[Schema]) -> dict[str, Schema]:
        """Return what is said of the values of more than one column, by a name of their kind."""
        counts = Counter(map(_to_key, of_values))
        shared: dict[str, Schema] = {}
        for column, schema in zip(self._columns, of_values, strict=True):
            if counts.pop(_to_key(schema), 0) > 1:
                kind = "".join(map(str.capitalize, column.kind.split("-")))
                n_alike = sum(name.startswith(kind) for name in shared)
                shared[f"{kind}Value{n_alike + 1 if n_alike else ''}"] = schema
        return shared


def _describe_order(names: Sequence[str]) -> str:
    if len(names) <= MOST_COLUMNS_IN_FULL:
        return f"In this order: {', '.join(names)}."
    listed, n_more = ", ".join(names[:_MOST_NAMED]), len(names) - _MOST_NAMED
    return f"In the order in which the object by name requires its keys: {listed} and {n_more} more."


def _describe_items(of_values: Sequence[Schema]) -> Schema:
    if all(schema == of_values[0] for schema in of_values):
        return {"items": of_values[0]}
    # That there are no more of them is said by maxItems: apispec takes `"items": false` for a name.
    return {"prefixItems": list(of_values)}


def _to_key(schema: Schema) -> str:
    return json.dumps(schema, sort_keys=True)
