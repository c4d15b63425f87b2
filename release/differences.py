"""Differences of two OpenAPI documents, found by walking both side by side, into what they refer to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import reduce
from operator import getitem
from typing import Any, NamedTuple

Node = dict[str, Any]

ABSENT: Any = object()


class Pair(NamedTuple):
    """What stands at one place of two documents, and the pair that it is a member of.

    `pointer` leads to the place, within a component from the component on; `use` from the root on, through references.
    """

    pointer: str
    use: str
    old: Any
    new: Any
    parent: Any = None

    def enter(self, key: str) -> Pair:
        """Return the pair under `key` of two objects."""
        step = "/" + key.replace("~", "~0").replace("/", "~1")
        return Pair(self.pointer + step, self.use + step, self.old.get(key, ABSENT), self.new.get(key, ABSENT), self)

    def __str__(self) -> str:
        if self.old is ABSENT:
            return f"{self.pointer} is new: {_quote(self.new)}"
        is_now = "and is gone" if self.new is ABSENT else f"and is {_quote(self.new)}"
        return f"{self.pointer} was {_quote(self.old)}, {is_now}"


def list_differences(old: Node, new: Node) -> Iterator[Pair]:
    """Yield each pair that differs. Raises `LookupError` for a reference that cannot be followed."""
    followed: set[tuple[Any, Any]] = set()

    def compare(it: Pair, chain: list[tuple[Any, Any]]) -> Iterator[Pair]:
        before, after = _to_object(it.old), _to_object(it.new)
        if not (type(it.old) is type(it.new) and isinstance(before, dict) and isinstance(after, dict)):
            # In JSON true is not 1, as it is for Python: that is written otherwise.
            if repr(it.old) != repr(it.new):
                yield it
            return
        references: tuple[Any, Any] = before.get("$ref"), after.get("$ref")
        # What contains itself is entered twice: within itself it may mean something else, as where it must not fit.
        if all(isinstance(each, str) for each in references) and chain.count(references) < 2:
            followed.add(references)
            places = references[0].removeprefix("#"), it.use
            target = Pair(*places, _look_up(old, references[0]), _look_up(new, references[1]), it.parent)
            yield from compare(target, [*chain, references])
        # Components come last: those that something refers to have been compared then, as what they are used for.
        for member in map(
            it._replace(old=before, new=after).enter, sorted({**before, **after}, key="components".__eq__)
        ):
            if not (member.use.startswith("/components/") and (f"#{member.pointer}",) * 2 in followed):
                yield from compare(member, chain)

    return compare(Pair("", "", old, new), [])


def _to_object(value: Any) -> Any:
    """Return an array of objects as one object: parameters by their places and names, all else by position."""
    if not (isinstance(value, list) and value and all(isinstance(each, dict) for each in value)):
        return value
    names = [f"{each['in']} {each['name']}" for each in value if {"in", "name"} <= each.keys()]
    is_named = len(set(names)) == len(value)
    return dict(zip(names if is_named else map(str, range(len(value))), value, strict=True))


def _look_up(document: Any, reference: str) -> Any:
    root, *keys = (key.replace("~1", "/").replace("~0", "~") for key in reference.split("/"))
    try:
        return reduce(getitem, keys, {"#": document}[root])
    except (KeyError, TypeError) as error:
        raise LookupError(f"the reference '{reference}' leads nowhere") from error


def _quote(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
