"""Progress on the screen: a bar on a terminal, a line a step elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO, TypeVar

from tqdm import tqdm

T = TypeVar("T")

# A smaller file is read before anyone wonders.
_LARGE_FILE_BYTES = 20_000_000


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


def report_reading(stream: TextIO) -> Callable[[int, int], None]:
    """Return what reports on `stream` how much of a large file is read, at each tenth of it."""
    reported = 0

    def report(n_read: int, n_bytes: int) -> None:
        nonlocal reported
        tenths = 10 * n_read // max(1, n_bytes)
        if n_bytes >= _LARGE_FILE_BYTES and tenths > reported:
            reported = tenths
            print(f"Read {tenths * 10} % of {n_bytes // 1_000_000} MB", file=stream, flush=True)

    return report
