"""An OpenAPI document whose references are followed, and whose schemas are brought into a form that can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from release.api.merging import Schema, merge_schemas

_CHOICES = ("oneOf", "anyOf")


class DocumentInvalid(Exception):
    """An OpenAPI document cannot be understood. The message says why."""


@dataclass(frozen=True)
class Alternative:
    """One of the forms that a value may have: the node that says so, and all that the value must then comply with.

    `choice` is `oneOf` or `anyOf` where it is a member of one.
    """

    node: Any
    schema: Schema
    label: str
    choice: str | None

    def overlaps(self, other: Alternative) -> bool:
        """Return whether, by their types, a value may have both forms."""
        types = {str(each.schema.get("type", "any")) for each in (self, other)}
        return len(types) == 1 or "any" in types or types == {"integer", "number"}


class ApiDocument:
    """An OpenAPI document, as `json.loads` returns it. Raises `DocumentInvalid` where it is none."""

    def __init__(self, content: Any) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("paths"), dict):
            raise DocumentInvalid("it is no object with 'paths'")
        self.content: dict[str, Any] = content

    @property
    def version(self) -> str:
        """The version of the interface, as the document says it."""
        return str(self.content.get("info", {}).get("version", ""))

    def list_components(self, kind: str) -> dict[str, Any]:
        """Return the components of a kind by name, such as `schemas`."""
        components: dict[str, Any] = self.content.get("components", {}).get(kind, {})
        return components

    def resolve(self, node: Any) -> dict[str, Any]:
        """Return what a node that may be a reference refers to; what stands beside a reference comes before that."""
        followed: set[str] = set()
        resolved = dict(node)
        while "$ref" in resolved:
            reference = resolved.pop("$ref")
            if reference in followed:
                raise DocumentInvalid(f"the reference '{reference}' leads back to itself")
            followed.add(reference)
            resolved = {**self._look_up(reference), **resolved}
        return resolved

    def flatten(self, node: Any, followed: tuple[str, ...] = ()) -> Schema:
        """Return a schema as one object without `$ref` and `allOf`. What cannot be united stays under `allOf`."""
        if isinstance(node, bool):
            return {} if node else {"not": {}}
        parts = [{key: value for key, value in node.items() if key not in ("$ref", "allOf")}]
        if reference := node.get("$ref"):
            if reference in followed:
                raise DocumentInvalid(f"the reference '{reference}' leads back to itself")
            parts.append(self.flatten(self._look_up(reference), (*followed, reference)))
        parts += [self.flatten(part, followed) for part in node.get("allOf", [])]
        return merge_schemas(parts)

    def expand(self, node: Any, followed: tuple[str, ...] = ()) -> Any:
        """Return a value with what it refers to in place of the references, except where they lead back."""
        if isinstance(node, list):
            return [self.expand(each, followed) for each in node]
        if not isinstance(node, dict):
            return node
        expanded = {key: self.expand(value, followed) for key, value in node.items()}
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in followed:
            expanded["$ref"] = self.expand(self._look_up(reference), (*followed, reference))
        return expanded

    def list_alternatives(self, node: Any) -> list[Alternative]:
        """Return the forms that a schema allows: the members of `oneOf` or `anyOf`, or one for each of its types."""
        schema = self.flatten(node)
        for choice in _CHOICES:
            if schema.get(choice):
                return [each for member in schema[choice] for each in self._list_members(schema, choice, member)]
        return _split_types(node, schema)

    def _list_members(self, schema: Schema, choice: str, member: Any) -> Iterator[Alternative]:
        base = {key: value for key, value in schema.items() if key not in (choice, "title", "description")}
        for each in self.list_alternatives(member):
            # Inside of `oneOf`, be it that of the member, each form counts.
            chosen_by = "oneOf" if "oneOf" in (choice, each.choice) else choice
            yield from _split_types(each.node, merge_schemas([each.schema, base]), chosen_by)

    def _look_up(self, reference: Any) -> Any:
        found: Any = self.content
        try:
            if not reference.startswith("#/"):
                raise DocumentInvalid(f"the reference '{reference}' leads out of it")
            for key in reference[2:].split("/"):
                found = found[unquote(key).replace("~1", "/").replace("~0", "~")]
        except (AttributeError, KeyError, TypeError) as error:
            raise DocumentInvalid(f"the reference '{reference}' leads nowhere") from error
        return found


def name_reference(node: Any) -> str | None:
    """Return the name of the component that a node refers to; `None` where it is no reference."""
    reference = node.get("$ref") if isinstance(node, dict) else None
    return reference.rpartition("/")[2] if isinstance(reference, str) else None


def _split_types(node: Any, schema: Schema, choice: str | None = None) -> list[Alternative]:
    types = schema.get("type")
    if isinstance(types, list):
        return [Alternative(node, {**schema, "type": each}, each, choice) for each in types]
    label = name_reference(node) or schema.get("title") or types or "any value"
    return [Alternative(node, schema, label, choice)]
