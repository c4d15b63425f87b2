from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from app.prediction_log.open_file import OpenFile, is_closed_name, is_open_name
from tests.support.prediction_logs import CLOSED_NAME, OPEN_NAME, list_names


class FullDisk:
    """Stands for os.write on a disk that has room for `n_bytes` more."""

    def __init__(self, n_bytes: int) -> None:
        self._n_bytes = n_bytes
        self._write = os.write

    def __call__(self, descriptor: int, content: memoryview) -> int:
        if self._n_bytes == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        n_written = self._write(descriptor, content[: self._n_bytes])
        self._n_bytes -= n_written
        return n_written


def test_a_new_file_is_named_by_its_time_and_is_private(tmp_path: Path) -> None:
    file = OpenFile.create(tmp_path)
    assert is_open_name(file.path.name)
    assert file.path.stat().st_mode & 0o777 == 0o600
    file.abandon()


def test_two_files_never_have_one_name(tmp_path: Path) -> None:
    files = [OpenFile.create(tmp_path) for _ in range(50)]
    assert len(list_names(tmp_path)) == 50
    for file in files:
        file.abandon()


def test_a_finished_file_has_its_lines_under_the_name_of_a_closed_one(tmp_path: Path) -> None:
    file = OpenFile.create(tmp_path)
    file.append(b"one\ntwo\n")
    file.append(b"three\n")
    closed = file.finish()
    assert closed is not None and is_closed_name(closed.name)
    assert (list_names(tmp_path), closed.read_bytes()) == ([closed.name], b"one\ntwo\nthree\n")


def test_an_empty_file_is_removed_at_its_end(tmp_path: Path) -> None:
    assert OpenFile.create(tmp_path).finish() is None
    assert list_names(tmp_path) == []


@pytest.mark.parametrize(("room", "kept"), [(0, b""), (3, b""), (4, b"one\n"), (7, b"one\n"), (8, b"one\ntwo\n")])
def test_a_disk_that_gets_full_keeps_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, kept: bytes
) -> None:
    file = OpenFile.create(tmp_path)
    monkeypatch.setattr(os, "write", FullDisk(room))
    with pytest.raises(OSError, match="No space left"):
        file.append(b"one\ntwo\nthree\n")
    monkeypatch.undo()
    assert (file.size, file.path.read_bytes()) == (len(kept), kept)
    file.abandon()


def test_a_torn_file_that_cannot_be_cut_is_never_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    file = OpenFile.create(tmp_path)
    monkeypatch.setattr(os, "write", FullDisk(6))
    monkeypatch.setattr(os, "ftruncate", fail)
    with pytest.raises(OSError, match="Input/output error"):
        file.append(b"one\ntwo\n")
    assert file.finish() is None
    assert (list_names(tmp_path), file.path.read_bytes()) == ([file.path.name], b"one\ntw")


def test_nobody_takes_over_the_file_of_a_writer_that_lives(tmp_path: Path) -> None:
    file = OpenFile.create(tmp_path)
    assert OpenFile.take_over(file.path) is None
    file.abandon()
    taken = OpenFile.take_over(file.path)
    assert taken is not None
    taken.abandon()


def test_nobody_takes_over_a_file_that_is_gone(tmp_path: Path) -> None:
    assert OpenFile.take_over(tmp_path / OPEN_NAME) is None


def test_a_new_file_that_another_takes_for_a_dead_one_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock
    taken: list[Path] = []

    def lose_the_first(descriptor: int, operation: int) -> None:
        if not taken:
            taken.extend(tmp_path.iterdir())
            taken[0].unlink()
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", lose_the_first)
    file = OpenFile.create(tmp_path)
    assert file.path != taken[0] and file.is_in_place()
    file.abandon()


def test_knows_that_its_path_names_another_file_or_none(tmp_path: Path) -> None:
    file = OpenFile.create(tmp_path)
    assert file.is_in_place()
    file.path.unlink()
    assert not file.is_in_place()
    file.path.touch()
    assert not file.is_in_place()
    file.abandon()


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b"", b""),
        (b"torn", b""),
        (b"one\n", b"one\n"),
        (b"one\ntorn", b"one\n"),
        (b"one\n" + b"x" * 200_000, b"one\n"),
        (b"x" * 200_000, b""),
        (b"x" * 200_000 + b"\n" + b"y" * 65536, b"x" * 200_000 + b"\n"),
    ],
    ids=["empty", "torn", "whole", "torn at its end", "long tail", "no line", "long line"],
)
def test_is_cut_to_its_last_complete_line(tmp_path: Path, content: bytes, kept: bytes) -> None:
    (tmp_path / OPEN_NAME).write_bytes(content)
    file = OpenFile.take_over(tmp_path / OPEN_NAME)
    assert file is not None
    file.cut()
    file.abandon()
    assert (tmp_path / OPEN_NAME).read_bytes() == kept


@pytest.mark.parametrize("name", ["predictions.jsonl", f"x{CLOSED_NAME}", f"{CLOSED_NAME}.gz", ".lock"])
def test_leaves_files_of_others_alone(name: str) -> None:
    assert not is_closed_name(name) and not is_open_name(name)
