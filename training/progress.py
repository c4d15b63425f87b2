"""Progress on the screen: a bar on a terminal, a line a step elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def show_progress(steps: Sequence[T], label: str = "Fold") -> Iterator[T]:
    """Hand on `steps` one by one and report on standard error how many are done."""
    if sys.stderr.isatty():
        yield from tqdm(steps, desc=f"{label}s", unit=label.lower(), leave=False)
        return
    for number, step in enumerate(steps, start=1):
        print(f"{label} {number} of {len(steps)}", file=sys.stderr, flush=True)
        yield step


@contextmanager
def show_stage(label: str) -> Iterator[None]:
    """Report on standard error what is being done, as long as it is: a line that stays, but on a terminal."""
    if not sys.stderr.isatty():
        print(label, file=sys.stderr, flush=True)
        yield
        return
    with tqdm(total=0, bar_format=f"{label} ...", leave=False):
        yield


@contextmanager
def show_nothing(label: str) -> Iterator[None]:
    """Report nothing of what is being done, for what takes no time."""
    yield
