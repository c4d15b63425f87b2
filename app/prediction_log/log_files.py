"""The files of one process: a new one when the old is large or old enough, and no trouble with a disk that is none."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from app.prediction_log.folder import create_file, recover_files, remove_oldest
from app.prediction_log.open_file import OpenFile

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_FILE_AGE_SECONDS = 3600.0
SYNC_SECONDS = 1.0
# How long after a failure nothing is tried.
RETRY_SECONDS = 1.0

# So that what is removed for want of room is a small part of what there is.
_LEAST_FILES = 16

_logger = logging.getLogger(__name__)


class LogFiles:
    """Writes lines to files in `folder`, one after the other. No method raises `OSError`.

    For one thread; each process has files of its own.
    """

    def __init__(self, folder: Path, max_folder_bytes: int, max_file_bytes: int = MAX_FILE_BYTES) -> None:
        self._folder = folder
        self._max_folder_bytes = max_folder_bytes
        self._max_file_bytes = min(max_file_bytes, max_folder_bytes // _LEAST_FILES)
        self._file: OpenFile | None = None
        self._synced_at = self._retry_at = float("-inf")
        self._is_dirty = self._is_failing = False

    def tidy(self) -> None:
        """Recover what dead writers have left, and remove what is too much."""
        try:
            recover_files(self._folder)
            remove_oldest(self._folder, self._max_folder_bytes)
        except FileNotFoundError:
            return  # there is no folder, and so nothing to tidy
        except OSError as error:
            _logger.warning("The folder of predictions %s cannot be tidied: %s.", self._folder, error.strerror)

    def write(self, lines: bytes) -> int:
        """Write whole `lines`, and return how many there was room for: all, or those before the first that failed."""
        if time.monotonic() < self._retry_at:
            return 0
        file, size = None, 0
        try:
            file = self._open()
            size = file.size
            file.append(lines)
        except OSError as error:
            n_kept_bytes = file.size - size if file else 0
            self._fail(error)
            return lines.count(b"\n", 0, n_kept_bytes)
        self._is_dirty = True
        if self._is_failing:
            self._is_failing = False
            _logger.warning("Predictions are kept again in %s.", self._folder)
        self.tend()
        return lines.count(b"\n")

    def tend(self) -> None:
        """Sync or close the file where it is time to."""
        if self._file is None:
            return
        now = time.monotonic()
        if self._file.size >= self._max_file_bytes or now - self._file.opened_at >= MAX_FILE_AGE_SECONDS:
            self.close()
        elif self._is_dirty and now - self._synced_at >= SYNC_SECONDS:
            self._sync()

    def wait_seconds(self) -> float | None:
        """Return after how long `tend` has something to do; `None` where it never has."""
        if self._file is None:
            return None
        due_at = self._file.opened_at + MAX_FILE_AGE_SECONDS
        if self._is_dirty:
            due_at = min(due_at, self._synced_at + SYNC_SECONDS)
        return max(due_at - time.monotonic(), 0.0)

    def close(self) -> None:
        """Close the file, if there is one, and make room for the next."""
        file, self._file = self._file, None
        if file is None:
            return
        try:
            file.finish()
        except OSError as error:
            self._note(error)
            return
        if not self._is_failing:
            self.tidy()

    def _open(self) -> OpenFile:
        if self._file is not None and not self._file.is_in_place():
            _logger.warning("The file of predictions %s has vanished, and a new one is made.", self._file.path)
            self._file.abandon()
            self._file = None
        if self._file is None:
            self._file = create_file(self._folder)
            self._is_dirty = False
            self._synced_at = time.monotonic()
            if not self._is_failing:
                self.tidy()
        return self._file

    def _sync(self) -> None:
        self._is_dirty = False
        self._synced_at = time.monotonic()
        try:
            if self._file is not None:
                self._file.sync()
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        self._note(error)
        self.close()

    def _note(self, error: OSError) -> None:
        self._retry_at = time.monotonic() + RETRY_SECONDS
        if not self._is_failing:
            self._is_failing = True
            _logger.error(
                "Predictions cannot be kept in %s, and are not until they can: %s.",
                self._folder,
                error.strerror or error,
            )
