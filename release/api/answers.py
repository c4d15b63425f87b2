"""Compares the answers of an operation: their status codes, headers and bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from release.api.contents import ContentComparison
from release.api.place import Place, Side

Node = dict[str, Any]

_COMPARED = ("description", "headers", "content")


def compare_answers(old: Node, new: Node, contents: ContentComparison) -> Iterator[str]:
    """Yield the changes of all answers. Errors may come and go, since callers must expect any; successes may not."""
    before, after = old.get("responses", {}), new.get("responses", {})
    for status in dict.fromkeys([*before, *after]):
        if status in before and status in after:
            answers = contents.resolve(before[status], after[status])
            yield from _compare_answer(*answers, Place(Side.ANSWER, f"the answer {status}"), contents)
        elif status in before and status.startswith(("2", "3", "default")):
            yield f"it no longer answers {status}"
        elif status not in before and status.startswith(("2", "3")):
            yield f"it may now answer {status}"


def _compare_answer(old: Node, new: Node, place: Place, contents: ContentComparison) -> Iterator[str]:
    yield from _compare_headers(old, new, place, contents)
    yield from contents.compare_contents(old, new, place)
    yield from contents.compare_rest(old, new, _COMPARED, str(place))


def _compare_headers(old: Node, new: Node, place: Place, contents: ContentComparison) -> Iterator[str]:
    # The names of headers may be in capitals or not.
    kept = {name.lower(): header for name, header in new.get("headers", {}).items()}
    for name, node in old.get("headers", {}).items():
        if name.lower() not in kept:
            yield f"{place} no longer has the header '{name}'"
            continue
        before, after = contents.resolve(node, kept[name.lower()])
        inner = Place(place.side, f"the header '{name}' of {place}")
        if before.get("required") and not after.get("required"):
            yield f"{inner} may now be missing"
        yield from contents.compare_value(before, after, inner)
