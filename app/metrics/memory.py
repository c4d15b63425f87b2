"""Memory that all processes of a server share: areas of rows, of which each process writes one and anyone reads all.

It is an anonymous file, so nothing on a disk can be full, read-only or left behind, and it grows: a process sees what
its parent adds after the fork. A row outlives the process that wrote it; whoever comes next writes on in it.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

MAX_AREAS = 16

_PAGE = mmap.PAGESIZE
_CACHE_LINE = 64
# In the first page: how many rows have been in use, then serial, offset and length of each area; in an area's first
# page: the lengths of its record and of its rows.
_WORDS_AN_ENTRY = 3
_WORDS_AN_AREA = 2
_WORD = 8


class Area:
    """Rows of equal length, and a record that says what they hold."""

    def __init__(self, serial: int, content: mmap.mmap, header: memoryview) -> None:
        self.serial = serial
        self.content = content
        self._header = header
        record_bytes, self.row_bytes = memoryview(content)[: _WORDS_AN_AREA * _WORD].cast("Q")
        start = _WORDS_AN_AREA * _WORD
        self.record: dict[str, Any] = orjson.loads(content[start : start + record_bytes])
        self._first_row = _round_up(start + record_bytes, _PAGE)

    def get_row(self, number: int) -> memoryview:
        """Return the row `number`, to be written by one process at a time."""
        start = self._first_row + number * self.row_bytes
        return memoryview(self.content)[start : start + self.row_bytes]

    def read_rows(self) -> NDArray[np.uint8]:
        """Return the rows that have been in use, of shape (n_rows, row_bytes), as they are now."""
        n_rows = self._header[0]
        rows = np.frombuffer(self.content, np.uint8, count=n_rows * self.row_bytes, offset=self._first_row)
        return rows.reshape(n_rows, self.row_bytes).copy()


class SharedMemory:
    """Areas that the process which creates this adds and drops, and that it and all its children see."""

    def __init__(self, n_rows: int) -> None:
        """Allow for `n_rows` rows in each area; they take memory only once they are written or read."""
        self.n_rows = n_rows
        self._file = os.memfd_create("ml-service-counts")
        os.ftruncate(self._file, _PAGE)
        self._header = memoryview(mmap.mmap(self._file, _PAGE)).cast("Q")
        self._header[0] = 1
        self._end = _PAGE
        self._last_serial = 0
        self._known: dict[int, Area] = {}
        self._owner = os.getpid()

    def __del__(self) -> None:
        os.close(self._file)

    @property
    def is_owned(self) -> bool:
        """Whether this process may add and drop areas."""
        return os.getpid() == self._owner

    def use_row(self, number: int) -> None:
        """Have the rows up to `number` read from now on. Raises `ValueError` where there are not so many."""
        if number >= self.n_rows:
            raise ValueError(f"There are no more than {self.n_rows} rows.")
        self._header[0] = max(self._header[0], number + 1)

    def add_area(self, record: Mapping[str, Any], row_bytes: int) -> Area:
        """Return a new area of rows of zeros. Raises `OSError` without memory, `ValueError` without a free place."""
        places = [number for number in range(MAX_AREAS) if not self._entry(number)[0]]
        if not places:
            raise ValueError(f"There are no more than {MAX_AREAS} areas.")
        text = orjson.dumps(record)
        row_bytes = _round_up(row_bytes, _CACHE_LINE)
        start = _WORDS_AN_AREA * _WORD
        length = _round_up(_round_up(start + len(text), _PAGE) + self.n_rows * row_bytes, _PAGE)
        os.ftruncate(self._file, self._end + length)
        content = mmap.mmap(self._file, length, offset=self._end)
        lengths = memoryview(content)[:start].cast("Q")
        lengths[0], lengths[1] = len(text), row_bytes
        content[start : start + len(text)] = text
        entry = self._entry(places[0])
        entry[1], entry[2] = self._end, length
        self._end += length
        # Never one that there was before: a child may still know the area that had it.
        self._last_serial += 1
        entry[0] = self._last_serial
        area = self._known[self._last_serial] = Area(self._last_serial, content, self._header)
        return area

    def drop_area(self, area: Area) -> None:
        """Release the memory of `area`; no process may write to it any more."""
        for number in range(MAX_AREAS):
            if self._entry(number)[0] == area.serial:
                self._entry(number)[0] = 0
        self._known.pop(area.serial, None)
        area.content.madvise(mmap.MADV_REMOVE)

    def find_areas(self) -> list[Area]:
        """Return all areas that there are now, those added since the fork too, the oldest first."""
        found = [area for area in map(self._find, range(MAX_AREAS)) if area]
        self._known = {area.serial: area for area in found}
        return sorted(found, key=lambda area: area.serial)

    def _find(self, number: int) -> Area | None:
        """Return the area at place `number`, or `None` where there is none, or none any more."""
        entry = self._entry(number)
        serial, offset, length = entry
        if not serial or serial in self._known:
            return self._known.get(serial)
        try:
            area = Area(serial, mmap.mmap(self._file, length, offset=offset), self._header)
        except ValueError:  # it has just been dropped, and its record with it
            return None
        return area if entry[0] == serial else None

    def _entry(self, number: int) -> memoryview:
        start = 1 + number * _WORDS_AN_ENTRY
        return self._header[start : start + _WORDS_AN_ENTRY]


def _round_up(length: int, unit: int) -> int:
    return -(-length // unit) * unit
