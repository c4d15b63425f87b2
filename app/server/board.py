"""The board: where each worker shows the others how many connections it has, so that they share them fairly.

It is memory that the master makes, and that all workers inherit. Nobody locks it: who reads half of a change decides by
what was true a moment ago.
"""

from __future__ import annotations

import mmap

_N_CELLS = 4
_ACCEPTING, _CONNECTIONS, _RECENT, _TURNS = range(_N_CELLS)
_CELL_BYTES = 8

Load = tuple[float, float]


class Board:
    """Places of workers, by the numbers of their rows."""

    def __init__(self, n_places: int) -> None:
        self.n_places = n_places
        self._cells = memoryview(mmap.mmap(-1, n_places * _N_CELLS * _CELL_BYTES)).cast("d")

    def get_place(self, number: int) -> Place:
        """Return the place `number`."""
        return Place(self, self._cells[number * _N_CELLS : (number + 1) * _N_CELLS])

    def list_turns(self) -> list[float]:
        """Return how often each worker has been in its loop."""
        return list(self._cells[_TURNS::_N_CELLS])

    def list_loads(self) -> dict[int, Load]:
        """Return what each worker has that accepts connections: how many are open, and have come of late."""
        cells = self._cells
        starts = range(0, len(cells), _N_CELLS)
        return {
            number: (cells[start + _CONNECTIONS], cells[start + _RECENT])
            for number, start in enumerate(starts)
            if cells[start + _ACCEPTING]
        }


class Place:
    """The place of one worker, which it alone writes."""

    def __init__(self, board: Board, cells: memoryview[float]) -> None:
        self.board = board
        self._cells = cells

    def clear(self) -> None:
        """Empty the place: a worker has ended, and another one is to have it."""
        for number in range(_N_CELLS):
            self._cells[number] = 0.0

    def set_accepting(self, is_accepting: bool) -> None:
        """Show whether this worker accepts connections."""
        self._cells[_ACCEPTING] = float(is_accepting)

    def set_connections(self, n_connections: int) -> None:
        """Show how many connections are open."""
        self._cells[_CONNECTIONS] = n_connections

    def count_accepted(self) -> None:
        """Count a connection among those that have come of late."""
        self._cells[_RECENT] += 1

    def forget_half(self) -> None:
        """Count half of those no longer: once in a while, so that a new worker need not make up for what it missed."""
        self._cells[_RECENT] = self._cells[_RECENT] // 2

    def count_turn(self) -> None:
        """Show that the worker is in its loop."""
        self._cells[_TURNS] += 1

    @property
    def load(self) -> Load:
        """What this worker has itself."""
        return self._cells[_CONNECTIONS], self._cells[_RECENT]
