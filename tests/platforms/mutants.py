"""Makes broken copies of files, to see that the validators notice."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Mutant(NamedTuple):
    """What is wrong in a copy: something that the file says is replaced by something else, wherever it stands."""

    fault: str
    there: str
    instead: str


def write_mutant(path: Path, folder: Path, mutant: Mutant) -> Path:
    """Write a broken copy of a file into `folder`, and return its path."""
    text = path.read_text()
    assert mutant.there in text, f"{path} does not hold what is to be broken: {mutant.there}"
    copy = folder / path.name
    copy.write_text(text.replace(mutant.there, mutant.instead))
    return copy


def name_mutant(mutant: Mutant) -> str:
    """Return what a test calls the mutant."""
    return mutant.fault
