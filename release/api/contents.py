"""Compares what is sent either way: parameters, headers and bodies, with their media types and schemas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from release.api.document import ApiDocument
from release.api.place import Place, Side
from release.api.schemas import SchemaComparison
from release.api.values import are_equal

Node = dict[str, Any]

_COMPARED = ("name", "in", "required", "schema")
_UNBINDING = ("description", "deprecated", "example", "examples")


class ContentComparison:
    """Compares what one operation of two documents takes and answers; its request comes first."""

    def __init__(self, released: ApiDocument, current: ApiDocument) -> None:
        self._released = released
        self._current = current
        self._schemas = SchemaComparison(released, current)

    def resolve(self, old: Any, new: Any) -> tuple[Node, Node]:
        """Return what two nodes that may be references refer to, each in its own document."""
        return self._released.resolve(old), self._current.resolve(new)

    def compare_value(self, old: Node, new: Node, place: Place) -> Iterator[str]:
        """Yield the changes of a parameter, a header or a body of one media type."""
        yield from self._schemas.compare(old.get("schema", {}), new.get("schema", {}), place)
        yield from self.compare_rest(old, new, (*_COMPARED, *_UNBINDING), str(place))

    def compare_contents(self, old: Node, new: Node, place: Place) -> Iterator[str]:
        """Yield the changes of a body in all its media types."""
        before, after = old.get("content", {}), new.get("content", {})
        for media_type, node in before.items():
            match = _find_media_type(media_type, after, place)
            whole = f"{place.whole} as '{media_type}'" if len(before) > 1 else place.whole
            if match:
                yield from self.compare_value(node, after[match], Place(place.side, whole))
            elif place.is_request:
                yield f"{place} may no longer be '{media_type}'"
            else:
                yield f"{place} no longer comes as '{media_type}'"

    def compare_rest(self, old: Node, new: Node, known: Sequence[str], what: str) -> Iterator[str]:
        """Yield the keys that are not `known` and do not say the same."""
        for key in [each for each in dict.fromkeys([*old, *new]) if each not in known]:
            if not are_equal(self._released.expand(old.get(key)), self._current.expand(new.get(key))):
                yield f"{what} differs in '{key}', which cannot be compared"


def _find_media_type(wanted: str, content: Node, place: Place) -> str | None:
    """Return the media type that stands for `wanted`: in a request, a range such as `*/*` will do."""
    if wanted in content:
        return wanted
    ranges = [each for each in content if place.side is Side.REQUEST and fnmatchcase(wanted, each)]
    return ranges[0] if ranges else None
