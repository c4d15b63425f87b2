"""Lists what a new OpenAPI document breaks for those who call the service, or generate clients from the document."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from release.api.document import ApiDocument
from release.api.operations import OperationComparison
from release.api.values import are_equal

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def list_breaking_changes(released: ApiDocument, current: ApiDocument) -> list[str]:
    """Return a sentence for each change that breaks callers, with its place; what is the same in many is said once.

    Raises `DocumentInvalid`.
    """
    places: dict[str, list[str]] = {}
    compared = (_compare_servers, _compare_operations, _compare_components)
    for operation, change in chain.from_iterable(compare(released, current) for compare in compared):
        places.setdefault(change, []).append(operation)
    return [f"{', '.join(dict.fromkeys(found))}: {change}." for change, found in places.items()]


def _compare_servers(released: ApiDocument, current: ApiDocument) -> Iterator[tuple[str, str]]:
    kept = _list_servers(current)
    for url in _list_servers(released):
        if url not in kept:
            yield "servers", f"{url} is no longer there: generated clients begin every address with it"


def _list_servers(document: ApiDocument) -> list[Any]:
    return [server.get("url") for server in document.content.get("servers") or [{"url": "/"}]]


def _compare_operations(released: ApiDocument, current: ApiDocument) -> Iterator[tuple[str, str]]:
    kept = dict(_list_operations(current))
    for name, operation in _list_operations(released):
        if name not in kept:
            yield name, "no longer there"
            continue
        for change in OperationComparison(released, current).compare(operation, kept[name]):
            yield name, change


def _list_operations(document: ApiDocument) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each operation, with the parameters of its path and the security of the document, by method and path."""
    for path, node in document.content["paths"].items():
        item = document.resolve(node)
        for method in _METHODS:
            if method in item:
                operation = {"security": document.content.get("security", []), **item[method]}
                operation["parameters"] = [*item.get("parameters", []), *operation.get("parameters", [])]
                yield f"{method.upper()} {path}", operation


def _compare_components(released: ApiDocument, current: ApiDocument) -> Iterator[tuple[str, str]]:
    for name in released.list_components("schemas"):
        if name not in current.list_components("schemas"):
            yield "components", f"the schema '{name}' is no longer there: generated clients name a class after it"
    schemes = current.list_components("securitySchemes")
    for name, scheme in released.list_components("securitySchemes").items():
        if not are_equal(scheme, schemes.get(name)):
            yield "components", f"the security scheme '{name}' differs, and cannot be compared"
    if not are_equal(released.content.get("webhooks", {}), current.content.get("webhooks", {})):
        yield "webhooks", "they differ, and cannot be compared"
