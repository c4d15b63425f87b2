"""Compares what two documents say of one operation: its name, whom it lets in, what it takes and what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from release.api.answers import compare_answers
from release.api.contents import ContentComparison
from release.api.document import ApiDocument
from release.api.place import Place, Side, describe_setting
from release.api.security import compare_security

Node = dict[str, Any]

_COMPARED = ("operationId", "security", "parameters", "requestBody", "responses")
_UNBINDING = ("summary", "description", "tags", "externalDocs", "deprecated", "servers")


class OperationComparison:
    """Compares one operation of two documents."""

    def __init__(self, released: ApiDocument, current: ApiDocument) -> None:
        self._released = released
        self._current = current
        self._contents = ContentComparison(released, current)

    def compare(self, old: Node, new: Node) -> Iterator[str]:
        """Yield a sentence, without its full stop, for each change that breaks callers."""
        before, after = old.get("operationId"), new.get("operationId")
        if before is not None and before != after:
            change = describe_setting("the operationId", before, after)
            yield f"{change}: generated clients name a function after it"
        yield from compare_security(old["security"], new["security"])
        # The request comes first: what an answer may hold depends on it.
        yield from self._compare_parameters(old, new)
        yield from self._compare_bodies(old, new)
        yield from compare_answers(old, new, self._contents)
        yield from self._contents.compare_rest(old, new, (*_COMPARED, *_UNBINDING), "the operation")

    def _compare_parameters(self, old: Node, new: Node) -> Iterator[str]:
        before, after = _index(self._released, old), _index(self._current, new)
        for name, parameter in after.items():
            if parameter.get("required") and not before.get(name, {}).get("required"):
                yield f"it now requires the {name}"
        for name, parameter in before.items():
            if name not in after:
                yield f"it no longer takes the {name}"
                continue
            yield from self._contents.compare_value(parameter, after[name], Place(Side.REQUEST, f"the {name}"))

    def _compare_bodies(self, old: Node, new: Node) -> Iterator[str]:
        before = self._released.resolve(old.get("requestBody", {}))
        after = self._current.resolve(new.get("requestBody", {}))
        if before and not after:
            yield "it no longer takes a request body"
            return
        if after.get("required") and not before.get("required"):
            yield "it now requires a request body"
        yield from self._contents.compare_contents(before, after, Place(Side.REQUEST, "the request"))


def _index(document: ApiDocument, operation: Node) -> dict[str, Node]:
    """Return the parameters by what they are called in sentences; the name of a header may be in capitals or not."""
    index = {}
    for node in operation["parameters"]:
        parameter = document.resolve(node)
        name = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
        index[f"{parameter['in']} parameter '{name}'"] = parameter
    return index
