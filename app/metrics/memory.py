"""Memory that a process shares with those that it forks: rows, of which each process writes one and anyone reads all.

The mappings are anonymous and inherited: nothing on a disk can be full, read-only or left behind, and no limit on files
holds for them. A process sees all rows that had been made when it was forked, and none that are made later. A row
outlives the process that wrote it; whoever comes next writes on in it.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from app.metrics.cells import Increment

_CACHE_LINE = 64


class SharedMemory:
    """What the process that creates this makes rows of, and its children inherit, with one number of rows for all."""

    def __init__(self, n_rows: int) -> None:
        """Allow for `n_rows` rows of each kind; they take memory only once they are written or read."""
        self.n_rows = n_rows
        self._n_used = memoryview(mmap.mmap(-1, _CACHE_LINE)).cast("Q")
        self._n_used[0] = 1
        self._owner = os.getpid()

    @property
    def is_owned(self) -> bool:
        """Whether this is the process whose rows all others inherit."""
        return os.getpid() == self._owner

    @property
    def n_used(self) -> int:
        """How many rows have been in use, in any process, by now."""
        return self._n_used[0]

    def use_row(self, number: int) -> None:
        """Have the rows up to `number` read from now on. Raises `ValueError` where there are not so many."""
        if number >= self.n_rows:
            raise ValueError(f"There are no more than {self.n_rows} rows.")
        self._n_used[0] = max(self._n_used[0], number + 1)

    def add_rows(self, row_bytes: int) -> SharedRows:
        """Return new rows of zeros, for this process and those that it forks from now on. Raises `OSError`."""
        return SharedRows(self, row_bytes)


class SharedRows:
    """Rows of equal length. Their memory is given back with the last process that has them."""

    def __init__(self, memory: SharedMemory, row_bytes: int) -> None:
        self.row_bytes = -(-row_bytes // _CACHE_LINE) * _CACHE_LINE
        self._memory = memory
        # The first line is not a row's: it says whether the rows are dropped.
        self._content = mmap.mmap(-1, _CACHE_LINE + memory.n_rows * self.row_bytes)

    @property
    def is_dropped(self) -> bool:
        """Whether nobody is to read the rows any more."""
        return self._content[0] != 0

    def drop(self) -> None:
        """Have no process read the rows any more; one that still writes to them harms nobody."""
        self._content[0] = 1

    def get_row(self, number: int) -> memoryview:
        """Return the row `number`, to be written by one process at a time."""
        start = _CACHE_LINE + number * self.row_bytes
        return memoryview(self._content)[start : start + self.row_bytes]

    def read(self) -> NDArray[np.uint8]:
        """Return the rows that have been in use, of shape (n_rows, row_bytes), as they are now."""
        n_rows = self._memory.n_used
        rows = np.frombuffer(self._content, np.uint8, count=n_rows * self.row_bytes, offset=_CACHE_LINE)
        return rows.reshape(n_rows, self.row_bytes).copy()


class Row:
    """Cells that the threads of one process add to; whoever reads meanwhile sees each cell before or after a change."""

    def __init__(self, row: memoryview) -> None:
        self._cells = row.cast("d")
        self._lock = Lock()

    def add(self, increments: Iterable[Increment]) -> None:
        """Add to each position its amount."""
        cells = self._cells
        with self._lock:
            for position, amount in increments:
                cells[position] += amount

    def set(self, position: int, value: float) -> None:
        """Set the cell at `position`."""
        self._cells[position] = value

    def get(self, position: int) -> float:
        """Return the cell at `position`."""
        return self._cells[position]
