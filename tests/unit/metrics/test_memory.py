from __future__ import annotations

import mmap
import os
from typing import Any

import numpy as np
import pytest

from app.metrics.memory import MAX_AREAS, Area, SharedMemory
from tests.support.forked import forked, run_in_child

N_ROWS = 8
ROW_BYTES = 64
PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def memory() -> SharedMemory:
    """Return memory of which two rows are in use."""
    memory = SharedMemory(N_ROWS)
    memory.use_row(1)
    return memory


def write(area: Area, number: int, value: int) -> None:
    area.get_row(number)[:] = bytes([value]) * area.row_bytes


def read(area: Area) -> list[int]:
    """Return the first byte of each row."""
    return [int(row[0]) for row in area.read_rows()]


def read_all(memory: SharedMemory) -> list[tuple[object, list[int]]]:
    """Return the name and the first bytes of each area."""
    return [(area.record.get("name"), read(area)) for area in memory.find_areas()]


def count_bytes(memory: SharedMemory) -> int:
    """Return how much memory there is behind it."""
    return 512 * os.fstat(memory._file).st_blocks


def test_a_process_reads_what_another_has_written(memory: SharedMemory) -> None:
    area = memory.add_area({}, ROW_BYTES)
    run_in_child(lambda: write(area, 1, 7))
    assert read(area) == [0, 7]


def test_a_process_that_was_forked_earlier_sees_an_area_that_is_added(memory: SharedMemory) -> None:
    with forked(lambda: read_all(memory)) as look:
        assert look() == []
        write(memory.add_area({"name": "late"}, ROW_BYTES), 1, 7)
        assert look() == [("late", [0, 7])]


def test_a_process_that_was_forked_earlier_sees_a_row_that_is_taken(memory: SharedMemory) -> None:
    area = memory.add_area({}, ROW_BYTES)
    with forked(lambda: read(area)) as look:
        memory.use_row(3)
        write(area, 3, 9)
        assert look() == [0, 0, 0, 9]


def test_a_row_that_is_taken_again_hides_no_higher_one(memory: SharedMemory) -> None:
    area = memory.add_area({}, ROW_BYTES)
    memory.use_row(3)
    memory.use_row(1)
    assert read(area) == [0, 0, 0, 0]


def test_a_process_that_was_forked_earlier_forgets_an_area_that_is_dropped(memory: SharedMemory) -> None:
    memory.add_area({"name": "kept"}, ROW_BYTES)
    dropped = memory.add_area({"name": "dropped"}, ROW_BYTES)
    with forked(lambda: read_all(memory)) as look:
        assert len(look()) == 2
        memory.drop_area(dropped)
        assert look() == [("kept", [0, 0])]


def test_a_process_that_knew_a_dropped_area_does_not_take_the_next_for_it(memory: SharedMemory) -> None:
    first = memory.add_area({"name": "first"}, ROW_BYTES)
    with forked(lambda: read_all(memory)) as look:
        look()
        memory.drop_area(first)
        memory.add_area({"name": "second"}, ROW_BYTES)
        assert look() == [("second", [0, 0])]


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_reader_passes_over_an_area_that_is_dropped_while_it_looks(memory: SharedMemory, is_replaced: bool) -> None:
    def map_while_it_is_dropped(*arguments: Any, **options: Any) -> mmap.mmap:
        content = map_memory(*arguments, **options)
        memory._entry(0)[0] = 99 if is_replaced else 0
        if not is_replaced:
            content.madvise(mmap.MADV_REMOVE)
        return content

    def look() -> list[tuple[object, list[int]]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mmap, "mmap", map_while_it_is_dropped)
            return read_all(memory)

    map_memory = mmap.mmap
    with forked(look) as look_meanwhile:
        memory.add_area({"name": "dropped"}, ROW_BYTES)
        assert look_meanwhile() == []


def test_an_area_that_one_holds_reads_as_zeros_once_it_is_dropped(memory: SharedMemory) -> None:
    area = memory.add_area({}, ROW_BYTES)
    write(area, 1, 7)
    memory.drop_area(area)
    assert read(area) == [0, 0]


def test_a_process_that_writes_on_into_a_dropped_area_harms_no_other(memory: SharedMemory) -> None:
    dropped = memory.add_area({"name": "dropped"}, ROW_BYTES)
    with forked(lambda: write(dropped, 1, 255)) as write_on:
        memory.drop_area(dropped)
        memory.add_area({"name": "next"}, ROW_BYTES)
        write_on()
    assert read_all(memory) == [("next", [0, 0])]


def test_a_dropped_area_gives_its_memory_back(memory: SharedMemory) -> None:
    before = count_bytes(memory)
    area = memory.add_area({}, 64 * PAGE)
    for number in (0, 1):
        write(area, number, 1)
    grown = count_bytes(memory)
    memory.drop_area(area)
    assert (grown - before, count_bytes(memory)) == ((2 * 64 + 1) * PAGE, before)


def test_rows_that_nobody_uses_take_no_memory(memory: SharedMemory) -> None:
    area = memory.add_area({}, 64 * PAGE)
    before = count_bytes(memory)
    area.read_rows()
    assert count_bytes(memory) - before == 2 * 64 * PAGE


def test_rows_are_of_whole_cache_lines_and_do_not_overlap(memory: SharedMemory) -> None:
    area = memory.add_area({"name": "x" * 3 * PAGE}, ROW_BYTES + 1)
    write(area, 0, 1)
    write(area, 1, 2)
    assert area.row_bytes == 2 * ROW_BYTES
    assert np.array_equal(area.read_rows(), np.repeat([[1], [2]], 2 * ROW_BYTES, axis=1))
    assert area.record == {"name": "x" * 3 * PAGE}


def test_lists_areas_by_age_whichever_place_they_have(memory: SharedMemory) -> None:
    first = memory.add_area({"name": "first"}, ROW_BYTES)
    memory.add_area({"name": "second"}, ROW_BYTES)
    memory.drop_area(first)
    memory.add_area({"name": "third"}, ROW_BYTES)
    assert [area.record["name"] for area in memory.find_areas()] == ["second", "third"]


def test_refuses_a_row_that_there_is_no_room_for(memory: SharedMemory) -> None:
    with pytest.raises(ValueError, match="^There are no more than 8 rows.$"):
        memory.use_row(N_ROWS)


def test_the_last_row_can_be_used(memory: SharedMemory) -> None:
    area = memory.add_area({}, ROW_BYTES)
    memory.use_row(N_ROWS - 1)
    write(area, N_ROWS - 1, 5)
    assert read(area) == [0] * 7 + [5]


def test_refuses_more_areas_than_there_are_places_for(memory: SharedMemory) -> None:
    for _ in range(MAX_AREAS):
        memory.add_area({}, ROW_BYTES)
    with pytest.raises(ValueError, match="^There are no more than 16 areas.$"):
        memory.add_area({}, ROW_BYTES)


def test_only_the_process_that_made_it_owns_it(memory: SharedMemory) -> None:
    assert (memory.is_owned, run_in_child(lambda: memory.is_owned)) == (True, False)
