from __future__ import annotations

import mmap
import random
from pathlib import Path

import pytest

from app.artifacts.content import MIN_SHARED_BYTES, Content, read_content
from tests.support.forked import forked


def read(path: Path, n_bytes: int) -> Content:
    with path.open("rb") as file:
        return read_content(file, n_bytes)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a file that is just large enough to be shared."""
    path = tmp_path / "model.pkl"
    path.write_bytes(random.Random(1).randbytes(MIN_SHARED_BYTES))
    return path


@pytest.mark.parametrize("n_bytes", [0, 1, MIN_SHARED_BYTES - 1])
def test_what_is_small_stays_bytes(path: Path, n_bytes: int) -> None:
    content = read(path, n_bytes)
    assert content == path.read_bytes()[:n_bytes]


def test_what_is_large_is_the_same_in_shared_memory(path: Path) -> None:
    content = read(path, MIN_SHARED_BYTES)
    assert isinstance(content, mmap.mmap)
    assert content[:] == path.read_bytes()


def test_what_a_shorter_file_lacks_is_zero(path: Path) -> None:
    content = read(path, MIN_SHARED_BYTES + 3)
    assert content[:] == path.read_bytes() + bytes(3)


def test_no_other_process_sees_what_one_writes(path: Path) -> None:
    content = read(path, MIN_SHARED_BYTES)
    assert isinstance(content, mmap.mmap)

    def write_and_read() -> bytes:
        content[:4] = b"mine"
        return content[:4]

    with forked(write_and_read) as run, forked(lambda: content[:4]) as read_beside:
        assert run() == b"mine"
        assert content[:] == path.read_bytes()
        assert read_beside() == path.read_bytes()[:4]


@pytest.mark.parametrize("n_bytes", [2**60, 2**70])
def test_says_so_where_no_memory_holds_it(path: Path, n_bytes: int) -> None:
    with pytest.raises(MemoryError):
        read(path, n_bytes)
