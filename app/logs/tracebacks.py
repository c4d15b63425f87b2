"""Stack traces without what the exceptions say: that may quote what a caller has sent, and frames do not."""

from __future__ import annotations

import textwrap
import traceback
from collections.abc import Iterator

_BECAUSE = "\nThe above exception was the direct cause of the following exception:\n"
_WHILE = "\nDuring handling of the above exception, another exception occurred:\n"
# Deeper chains and larger groups are cut off, as Python does with groups.
_MAX_CHAIN = 16
_MAX_GROUP = 15
_MAX_DEPTH = 10


def format_without_text(error: BaseException, depth: int = 0) -> str:
    """Return the types and the frames of `error`, of those that led to it and of those that it groups."""
    lines: list[str] = []
    for link, each in _list_chain(error):
        lines += [*link, *_format_frames(each), _name_type(each)]
        if isinstance(each, BaseExceptionGroup) and depth < _MAX_DEPTH:
            lines += _format_group(each, depth)
    return "\n".join(lines)


def _list_chain(error: BaseException) -> Iterator[tuple[list[str], BaseException]]:
    """Yield what led to `error`, the first first, each with what joins it to the one before."""
    chain: list[tuple[list[str], BaseException]] = []
    joint: list[str] = []
    current: BaseException | None = error
    while current is not None and len(chain) < _MAX_CHAIN and all(current is not known for _, known in chain):
        chain.append((joint, current))
        joint = [_BECAUSE if current.__cause__ is not None else _WHILE]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    joints = [[], *(joint for joint, _ in reversed(chain[1:]))]
    yield from zip(joints, (each for _, each in reversed(chain)), strict=True)


def _format_frames(error: BaseException) -> list[str]:
    if error.__traceback__ is None:
        return []
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__))
    return ["Traceback (most recent call last):", *(frame.rstrip("\n") for frame in frames)]


def _format_group(group: BaseExceptionGroup[BaseException], depth: int) -> Iterator[str]:
    total = len(group.exceptions)
    for number, each in enumerate(group.exceptions[:_MAX_GROUP], start=1):
        yield f"  {number} of {total}:"
        yield textwrap.indent(format_without_text(each, depth + 1), "    ")


def _name_type(error: BaseException) -> str:
    kind = type(error)
    return (
        kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    )
