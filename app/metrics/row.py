"""The row that this process counts in."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from app.metrics.cells import Increment


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
