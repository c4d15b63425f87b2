"""Text tables: the columns of a file whose values are texts, of which nobody has said yet what they mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.artifacts.errors import NotPublishable

# What stands for a missing value, unless others are named. The empty field does in any case.
MISSING_MARKS = ("NA", "N/A", "NaN", "nan", "null", "NULL", "None")

BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
"""The texts that are booleans; 0 and 1 are whole numbers."""

Report = Callable[[int, int], None]
"""Called now and then with how much of a file is read, and how much there is, in bytes."""


def report_nothing(n_read: int, n_bytes: int) -> None:
    """Report nothing of how far the reading is."""


@dataclass(frozen=True)
class TextTable:
    """A table of texts.

    columns : of each column an array of texts, of shape (n_rows,), as numpy keeps them: sixteen bytes for a short one;
    lines : the line of the file that each row begins in, of shape (n_rows,).
    """

    names: list[str]
    columns: list[NDArray[Any]]
    lines: NDArray[np.int64]


@dataclass(frozen=True)
class TextColumn:
    """One column of texts.

    texts : those that are not missing; lines : the line that each of them stands in; missing : which rows of the
    column have none, of shape (n_rows,); place : what `lines` count: lines of a file, or rows of one without lines.
    """

    name: str
    texts: list[str]
    lines: NDArray[np.int64]
    missing: NDArray[np.bool_]
    place: str = "line"

    def locate(self, index: int) -> str:
        """Return a text and where it stands, for a message."""
        text = self.texts[index]
        shown = text if len(text) <= 40 else f"{text[:40]}..."
        return f"{shown!r} ({self.place} {self.lines[index]})"


def find_missing(name: str, texts: NDArray[Any], lines: NDArray[np.int64], marks: Sequence[str]) -> TextColumn:
    """Return a column, with the texts left out that are empty or one of `marks`."""
    listed: list[str] = texts.tolist()
    stand_for_none = {"", *marks}
    missing = np.fromiter((text in stand_for_none for text in listed), np.bool_, len(listed))
    present = [text for text in listed if text not in stand_for_none]
    return TextColumn(name, present, lines[~missing], missing)


def check_header(names: Sequence[str], where: str) -> None:
    """Raise `NotPublishable` unless the names of columns are distinct, and none is empty."""
    if not names:
        raise NotPublishable(f"{where} has no columns.")
    places: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if not name.strip():
            raise NotPublishable(
                f"{where}: column {place} has no name. Name it, or leave it out: pandas writes such a column unless "
                "to_csv is told index=False."
            )
        if (first := places.setdefault(name, place)) != place:
            raise NotPublishable(f"{where}: the columns {first} and {place} are both named {name!r}. Rename one.")
