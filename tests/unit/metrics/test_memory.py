from __future__ import annotations

import os
import re
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.metrics.memory import Row, SharedMemory, SharedRows
from tests.support.forked import forked, run_in_child

N_ROWS = 8
ROW_BYTES = 64
PAGE = os.sysconf("SC_PAGE_SIZE")
N_THREADS = 8
N_INCREMENTS = 200


class YieldingCells(list[float]):
    """Cells that let another thread run between the reading of one and its writing."""

    def __getitem__(self, position: Any) -> Any:
        value = super().__getitem__(position)
        time.sleep(0)
        return value


@pytest.fixture
def memory() -> SharedMemory:
    """Return memory of which two rows are in use."""
    memory = SharedMemory(N_ROWS)
    memory.use_row(1)
    return memory


@pytest.fixture
def row() -> Row:
    """Return a row of two cells."""
    return Row(memoryview(bytearray(16)))


def write(rows: SharedRows, number: int, value: int) -> None:
    rows.get_row(number)[:] = bytes([value]) * rows.row_bytes


def read(rows: SharedRows) -> list[int]:
    """Return the first byte of each row."""
    return [int(row[0]) for row in rows.read()]


def count_resident_bytes() -> int:
    """Return how much of what this process shares with its children is in memory."""
    smaps = Path("/proc/self/smaps").read_text()
    shared = re.findall(
        r"^\S+ \S+ \S+ \S+ \d+ +/dev/zero \(deleted\)$.*?^Rss: +(\d+) kB$", smaps, re.DOTALL | re.MULTILINE
    )
    return 1024 * sum(map(int, shared))


def test_a_process_reads_what_another_has_written(memory: SharedMemory) -> None:
    rows = memory.add_rows(ROW_BYTES)
    run_in_child(lambda: write(rows, 1, 7))
    assert read(rows) == [0, 7]


def test_a_process_that_was_forked_earlier_reads_a_row_that_is_used_later(memory: SharedMemory) -> None:
    rows = memory.add_rows(ROW_BYTES)
    with forked(lambda: read(rows)) as look:
        memory.use_row(3)
        write(rows, 3, 9)
        assert look() == [0, 0, 0, 9]


def test_a_row_that_is_used_again_hides_no_higher_one(memory: SharedMemory) -> None:
    rows = memory.add_rows(ROW_BYTES)
    memory.use_row(3)
    memory.use_row(1)
    assert read(rows) == [0, 0, 0, 0]


def test_a_process_that_was_forked_earlier_sees_that_rows_are_dropped(memory: SharedMemory) -> None:
    dropped, kept = memory.add_rows(ROW_BYTES), memory.add_rows(ROW_BYTES)
    with forked(lambda: (dropped.is_dropped, kept.is_dropped)) as look:
        before = look()
        dropped.drop()
        assert (before, look()) == ((False, False), (True, False))


def test_a_process_that_writes_on_into_dropped_rows_harms_no_others(memory: SharedMemory) -> None:
    dropped = memory.add_rows(ROW_BYTES)
    with forked(lambda: write(dropped, 1, 255)) as write_on:
        dropped.drop()
        rows = memory.add_rows(ROW_BYTES)
        write_on()
    assert (read(rows), dropped.is_dropped) == ([0, 0], True)


def test_whatever_is_written_to_rows_does_not_drop_them(memory: SharedMemory) -> None:
    rows = memory.add_rows(ROW_BYTES)
    memory.use_row(N_ROWS - 1)
    for number in range(N_ROWS):
        write(rows, number, 255)
    assert not rows.is_dropped


def test_rows_give_their_memory_back_with_the_last_process_that_has_them(memory: SharedMemory) -> None:
    before = count_resident_bytes()
    rows = memory.add_rows(64 * PAGE)
    for number in (0, 1):
        write(rows, number, 1)
    grown = count_resident_bytes()
    del rows
    assert (grown - before > 2 * 63 * PAGE, count_resident_bytes()) == (True, before)


def test_rows_that_nobody_uses_take_no_memory(memory: SharedMemory) -> None:
    before = count_resident_bytes()
    rows = memory.add_rows(64 * PAGE)
    rows.read()
    assert count_resident_bytes() - before <= (2 * 64 + 1) * PAGE


def test_rows_are_of_whole_cache_lines_and_do_not_overlap(memory: SharedMemory) -> None:
    rows = memory.add_rows(ROW_BYTES + 1)
    write(rows, 0, 1)
    write(rows, 1, 2)
    assert rows.row_bytes == 2 * ROW_BYTES
    assert np.array_equal(rows.read(), np.repeat([[1], [2]], 2 * ROW_BYTES, axis=1))


def test_refuses_a_row_that_there_is_no_room_for(memory: SharedMemory) -> None:
    with pytest.raises(ValueError, match="^There are no more than 8 rows.$"):
        memory.use_row(N_ROWS)


def test_the_last_row_can_be_used(memory: SharedMemory) -> None:
    rows = memory.add_rows(ROW_BYTES)
    memory.use_row(N_ROWS - 1)
    write(rows, N_ROWS - 1, 5)
    assert read(rows) == [0] * 7 + [5]


def test_only_the_process_that_made_it_owns_it(memory: SharedMemory) -> None:
    assert (memory.is_owned, run_in_child(lambda: memory.is_owned)) == (True, False)


def test_no_limit_on_files_holds_for_it() -> None:
    def share() -> list[int]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        rows = SharedMemory(N_ROWS).add_rows(64 * PAGE)
        write(rows, 0, 3)
        return read(rows)

    assert run_in_child(share) == [3]


def test_adds_amounts_to_cells(row: Row) -> None:
    row.add([(0, 1.0), (1, 2.5), (0, 1.0)])
    assert (row.get(0), row.get(1)) == (2.0, 2.5)


def test_sets_a_cell(row: Row) -> None:
    row.set(1, 3.0)
    row.set(1, 4.0)
    assert (row.get(0), row.get(1)) == (0.0, 4.0)


def test_loses_no_increment_of_many_threads(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    def add() -> None:
        for _ in range(N_INCREMENTS):
            row.add([(0, 1.0), (1, 2.0)])

    monkeypatch.setattr(row, "_cells", YieldingCells([0.0, 0.0]))
    with ThreadPoolExecutor(N_THREADS) as threads:
        for started in [threads.submit(add) for _ in range(N_THREADS)]:
            started.result()
    assert (row.get(0), row.get(1)) == (N_THREADS * N_INCREMENTS, 2 * N_THREADS * N_INCREMENTS)
