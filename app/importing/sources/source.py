"""A source: what it needs to know to load a fitted model, and what it finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class SourceOptions:
    """What the user says of a model besides where it is.

    code : files of code that it brings along, by their names in a version; trusted : types that a skops file may hold.
    """

    code: Mapping[str, bytes] = field(default_factory=dict)
    trusted: Sequence[str] = ()


@dataclass(frozen=True)
class LoadedModel:
    """A fitted model, and what its file says of the rows that it takes.

    sample : rows to try it on, as a frame, where the file has some; kinds : what is known of the kinds of columns, by
    name; code : files of code that came with it, by their names in a version.
    """

    model: Any
    sample: Any = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    code: Mapping[str, bytes] = field(default_factory=dict)


class Source(Protocol):
    """Loads the models of one format."""

    def __call__(self, path: Path, options: SourceOptions) -> LoadedModel:
        """Return the model in `path`. Raises `NotPublishable`, and then none of its code has run if it can help it."""
