"""The folder of the prediction log: made, tried, tidied of what dead writers left, and kept within its size."""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path

from app.prediction_log.open_file import OpenFile, is_closed_name, is_open_name

_LOCK_FILE = ".lock"
_logger = logging.getLogger(__name__)


class LogFolderUnusable(Exception):
    """Predictions cannot be kept in the folder; the message says why, and what to do."""

    def __init__(self, folder: Path, error: OSError) -> None:
        super().__init__(
            f"Predictions cannot be kept in {folder}: {error.strerror or error}. "
            "Have PREDICTION_LOG_DIR name a folder that this user may write to, or leave it empty to keep none."
        )


def check_folder(folder: Path) -> None:
    """Make the folder, and raise `LogFolderUnusable` unless a file can be made, locked and removed there."""
    try:
        create_file(folder).finish()
    except OSError as error:
        raise LogFolderUnusable(folder, error) from error


def create_file(folder: Path) -> OpenFile:
    """Return a new file in `folder`, which is made if it is not there. Raises `OSError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return OpenFile.create(folder)


def recover_files(folder: Path) -> None:
    """Close the files that dead writers have left, each at its last complete line. Raises `OSError`.

    A file that cannot be recovered, being another user's for example, stays, and the log says so.
    """
    for name in _list_names(folder):
        if not is_open_name(name):
            continue
        try:
            _recover(folder / name)
        except OSError as error:
            _logger.warning("The predictions in %s, whose writer has died, stay open: %s.", name, error.strerror)


def remove_oldest(folder: Path, max_bytes: int) -> None:
    """Remove the oldest closed files until the closed ones have `max_bytes` together. Raises `OSError`.

    Where another process is just at it, nothing is done.
    """
    descriptor = os.open(folder / _LOCK_FILE, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        removed = _remove_excess(folder, max_bytes)
    if removed:
        _logger.warning(
            "Removed the oldest predictions, as PREDICTION_LOG_MAX_BYTES was exceeded: %d files, up to %s.",
            len(removed),
            removed[-1],
        )


def _remove_excess(folder: Path, max_bytes: int) -> list[str]:
    """Remove the oldest closed files until the others are within `max_bytes`, and return the names removed."""
    sizes = {name: (folder / name).lstat().st_size for name in _list_names(folder) if is_closed_name(name)}
    excess = sum(sizes.values()) - max_bytes
    removed: list[str] = []
    for name, size in sizes.items():
        if excess <= 0:
            break
        (folder / name).unlink()
        removed.append(name)
        excess -= size
    return removed


def _recover(path: Path) -> None:
    file = OpenFile.take_over(path)
    if file is None:
        return
    try:
        file.cut()
    except OSError:
        file.abandon()
        raise
    closed = file.finish()
    _logger.warning(
        "Recovered the predictions of a writer that has died: %s.", closed.name if closed else "there were none"
    )


def _list_names(folder: Path) -> list[str]:
    """Return the names in the folder, by which files of the log are in the order of their creation."""
    return sorted(os.listdir(folder))
