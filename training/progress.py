"""Progress on the screen: a bar on a terminal, a line a step elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
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
