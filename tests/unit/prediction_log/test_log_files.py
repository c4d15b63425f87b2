from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.prediction_log import log_files, open_file
from app.prediction_log.log_files import MAX_FILE_AGE_SECONDS, RETRY_SECONDS, SYNC_SECONDS, LogFiles
from tests.support.prediction_logs import OPEN_NAME, list_names

GIBIBYTE = 2**30


class Clock:
    """A monotonic clock that a test sets forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock of the log."""
    clock = Clock()
    for module in (log_files, open_file):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock))
    return clock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that is not there yet."""
    return tmp_path / "predictions"


@pytest.fixture
def files(folder: Path, clock: Clock) -> LogFiles:
    """Return files of 100 bytes at most."""
    return LogFiles(folder, GIBIBYTE, max_file_bytes=100)


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the descriptors that are synced from now on."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    return synced


@contextmanager
def small_files() -> Iterator[None]:
    """Have the kernel refuse files of more than 20 bytes, as a full disk would; pytest's own report among them."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def read_all(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in list_names(folder)]


def test_makes_the_folder_and_a_file_with_the_first_line(files: LogFiles, folder: Path) -> None:
    assert not folder.exists()
    assert files.write(b"one\n") == 1
    assert read_all(folder) == [b"one\n"]


def test_what_is_written_can_be_read_at_once_and_is_synced_each_second(
    files: LogFiles, folder: Path, clock: Clock, synced: list[int]
) -> None:
    files.write(b"one\n")
    assert (read_all(folder), synced, files.wait_seconds()) == ([b"one\n"], [], SYNC_SECONDS)
    clock.now += SYNC_SECONDS
    files.tend()
    assert (len(synced), files.wait_seconds()) == (1, MAX_FILE_AGE_SECONDS - SYNC_SECONDS)


def test_syncs_nothing_twice(files: LogFiles, clock: Clock, synced: list[int]) -> None:
    files.write(b"one\n")
    for _ in range(3):
        clock.now += SYNC_SECONDS
        files.tend()
    assert len(synced) == 1


def test_a_file_is_closed_when_it_is_large_enough(files: LogFiles, folder: Path) -> None:
    for _ in range(3):
        files.write(b"x" * 49 + b"\n")
    sizes = {name.endswith(".open"): (folder / name).stat().st_size for name in list_names(folder)}
    assert sizes == {False: 100, True: 50}


def test_a_file_is_closed_when_it_is_old_enough(files: LogFiles, folder: Path, clock: Clock) -> None:
    files.write(b"one\n")
    clock.now += MAX_FILE_AGE_SECONDS
    files.tend()
    assert ([name.endswith(".open") for name in list_names(folder)], files.wait_seconds()) == ([False], None)


def test_files_are_small_where_the_folder_is_to_be(folder: Path) -> None:
    files = LogFiles(folder, max_folder_bytes=1600)
    files.write(b"x" * 99 + b"\n")
    assert [name.endswith(".open") for name in list_names(folder)] == [False]


def test_closed_files_never_exceed_the_limit_of_the_folder(folder: Path, clock: Clock) -> None:
    files = LogFiles(folder, max_folder_bytes=1600)
    for number in range(50):
        files.write(b"%099d\n" % number)
        assert sum(map(len, read_all(folder))) <= 1600
    assert b"".join(sorted(read_all(folder))).splitlines()[-1] == b"%099d" % 49


def test_recovers_files_at_the_start_and_at_the_next_opening(files: LogFiles, folder: Path) -> None:
    folder.mkdir()
    (folder / OPEN_NAME).write_bytes(b"one\ntorn")
    files.tidy()
    assert read_all(folder) == [b"one\n"]
    (folder / OPEN_NAME.replace("T16", "T17")).write_bytes(b"two\ntorn")
    files.write(b"three\n")
    assert sorted(read_all(folder)) == [b"one\n", b"three\n", b"two\n"]


def test_a_disk_that_gets_full_keeps_whole_lines_and_says_so_once(
    files: LogFiles, folder: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    n_written = []
    for _ in range(5):
        with small_files():
            n_written.append(files.write(b"123456\n" * 3))
        clock.now += RETRY_SECONDS
    assert n_written == [2] * 5
    assert set(read_all(folder)) == {b"123456\n" * 2}
    assert caplog.messages == [f"Predictions cannot be kept in {folder}, and are not until they can: File too large."]


def test_nothing_is_tried_for_a_second_after_a_failure(files: LogFiles, folder: Path, clock: Clock) -> None:
    folder.touch()
    assert files.write(b"one\n") == 0
    folder.unlink()
    assert files.write(b"one\n") == 0 and not folder.exists()
    clock.now += RETRY_SECONDS
    assert files.write(b"one\n") == 1


def test_says_once_that_it_fails_and_once_that_it_works_again(
    files: LogFiles, folder: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    folder.touch()
    for _ in range(5):
        files.write(b"one\n")
        clock.now += RETRY_SECONDS
    folder.unlink()
    for _ in range(2):
        files.write(b"one\n")
    assert caplog.messages == [
        f"Predictions cannot be kept in {folder}, and are not until they can: File exists.",
        f"Predictions are kept again in {folder}.",
    ]


def test_a_folder_that_is_removed_is_made_again(
    files: LogFiles, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files.write(b"one\n")
    (name,) = list_names(folder)
    shutil.rmtree(folder)
    assert (files.write(b"two\n"), read_all(folder)) == (1, [b"two\n"])
    assert caplog.messages == [f"The file of predictions {folder / name} has vanished, and a new one is made."]


def test_a_folder_that_is_replaced_by_a_file_is_trouble_and_no_error(files: LogFiles, folder: Path) -> None:
    files.write(b"one\n")
    shutil.rmtree(folder)
    folder.touch()
    assert files.write(b"two\n") == 0
    files.close()


def test_a_file_that_cannot_be_synced_is_given_up(
    files: LogFiles, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    files.write(b"one\n")
    monkeypatch.setattr(os, "fsync", fail)
    clock.now += SYNC_SECONDS
    files.tend()
    assert (len(caplog.messages), files.wait_seconds()) == (1, None)
    assert "Input/output error" in caplog.text
