from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path

import pytest

from app.prediction_log.folder import LogFolderUnusable, check_folder, create_file, recover_files, remove_oldest
from app.prediction_log.record import encode_line
from tests.support.prediction_logs import CLOSED_NAME, OPEN_NAME, build_record, list_names, write_file


def name_closed(hour: int) -> str:
    return CLOSED_NAME.replace("T15", f"T{hour:02}")


def fill(folder: Path, n_files: int) -> list[str]:
    """Make closed files of 100 bytes, one an hour, and return their names."""
    names = [name_closed(hour) for hour in range(n_files)]
    for name in reversed(names):
        (folder / name).write_bytes(b"x" * 100)
    return names


def test_makes_the_folder_private_and_leaves_nothing_in_it(tmp_path: Path) -> None:
    check_folder(tmp_path / "var" / "predictions")
    assert (tmp_path / "var" / "predictions").stat().st_mode & 0o777 == 0o700
    assert os.listdir(tmp_path / "var" / "predictions") == []


@pytest.mark.parametrize("below", ["", "predictions"])
def test_says_what_to_do_where_the_folder_is_a_file_or_in_one(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogFolderUnusable) as refused:
        check_folder(tmp_path / "file" / below)
    reason = "Not a directory" if below else "File exists"
    assert str(refused.value) == (
        f"Predictions cannot be kept in {tmp_path / 'file' / below}: {reason}. "
        "Have PREDICTION_LOG_DIR name a folder that this user may write to, or leave it empty to keep none."
    )


def test_recovers_what_dead_writers_have_left(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    line = encode_line(build_record())
    (tmp_path / OPEN_NAME).write_bytes(line * 2 + line[:-1])
    (tmp_path / OPEN_NAME.replace("T16", "T17")).write_bytes(line[:5])
    recover_files(tmp_path)
    closed = OPEN_NAME.removesuffix(".open")
    assert (list_names(tmp_path), (tmp_path / closed).read_bytes()) == ([closed], line * 2)
    assert caplog.messages == [
        f"Recovered the predictions of a writer that has died: {closed}.",
        "Recovered the predictions of a writer that has died: there were none.",
    ]


def test_leaves_the_file_of_a_writer_that_lives(tmp_path: Path) -> None:
    file = create_file(tmp_path)
    file.append(b"one\n")
    recover_files(tmp_path)
    assert list_names(tmp_path) == [file.path.name]
    file.abandon()


def test_a_file_that_cannot_be_recovered_does_not_keep_from_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / OPEN_NAME).symlink_to("elsewhere")
    other = OPEN_NAME.replace("T16", "T17")
    write_file(tmp_path, [build_record()], other)
    recover_files(tmp_path)
    assert list_names(tmp_path) == [OPEN_NAME, other.removesuffix(".open")]
    assert caplog.messages[0] == (
        f"The predictions in {OPEN_NAME}, whose writer has died, stay open: Too many levels of symbolic links."
    )


@pytest.mark.parametrize(("max_bytes", "n_kept"), [(500, 5), (499, 4), (300, 3), (99, 0)])
def test_removes_the_oldest_until_the_others_are_within_the_limit(
    tmp_path: Path, max_bytes: int, n_kept: int, caplog: pytest.LogCaptureFixture
) -> None:
    names = fill(tmp_path, 5)
    remove_oldest(tmp_path, max_bytes)
    assert list_names(tmp_path) == names[5 - n_kept :]
    assert len(caplog.messages) == (n_kept < 5)


def test_removes_no_file_that_is_open_or_not_of_the_log(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    for name in (OPEN_NAME, "notes.jsonl"):
        (tmp_path / name).write_bytes(b"x" * 1000)
    remove_oldest(tmp_path, 0)
    assert sorted(os.listdir(tmp_path)) == [".lock", "notes.jsonl", OPEN_NAME]


def test_says_what_it_has_removed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    names = fill(tmp_path, 3)
    with caplog.at_level(logging.WARNING):
        remove_oldest(tmp_path, 100)
    assert caplog.messages == [
        f"Removed the oldest predictions, as PREDICTION_LOG_MAX_BYTES was exceeded: 2 files, up to {names[1]}."
    ]


def test_leaves_the_work_to_the_one_that_is_at_it(tmp_path: Path) -> None:
    names = fill(tmp_path, 3)
    with (tmp_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remove_oldest(tmp_path, 0)
    assert list_names(tmp_path) == names
