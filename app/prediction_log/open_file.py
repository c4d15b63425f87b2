"""A file of the prediction log while it is written. Its writer holds its lock, which tells others that it lives."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path

from app.artifacts.store import sync_folder

OPEN_SUFFIX = ".open"

_NAME = re.compile(r"predictions-\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{16}\.jsonl")
_FLAGS = os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
_BLOCK_BYTES = 65536


def is_closed_name(name: str) -> bool:
    """Return whether a file of that name is a closed one of the log."""
    return _NAME.fullmatch(name) is not None


def is_open_name(name: str) -> bool:
    """Return whether a file of that name is one of the log that is being written, or was when its writer died."""
    return name.endswith(OPEN_SUFFIX) and is_closed_name(name.removesuffix(OPEN_SUFFIX))


class OpenFile:
    """A file that grows by whole lines. `finish` gives it the name of a closed one; all methods raise `OSError`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.size = os.fstat(descriptor).st_size
        self.opened_at = time.monotonic()
        self._descriptor = descriptor
        self._is_torn = False

    @classmethod
    def create(cls, folder: Path) -> OpenFile:
        """Return a new file in `folder`, whose names sort by the time of their creation."""
        while True:
            moment = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
            stamp = re.sub("[-:]", "", moment)
            path = folder / f"predictions-{stamp}Z-{secrets.token_hex(8)}.jsonl{OPEN_SUFFIX}"
            file = cls._lock(path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600))
            if file:
                return file

    @classmethod
    def take_over(cls, path: Path) -> OpenFile | None:
        """Return the file that a dead writer has left at `path`; `None` where the writer lives or it is gone."""
        try:
            return cls._lock(path, os.open(path, os.O_RDWR | _FLAGS))
        except FileNotFoundError:
            return None

    @classmethod
    def _lock(cls, path: Path, descriptor: int) -> OpenFile | None:
        """Return the file once it is locked; `None` where another has the lock, or had it and was quicker."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file = cls(path, descriptor)
            if file.is_in_place():
                return file
        except BlockingIOError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return None

    def is_in_place(self) -> bool:
        """Return whether the file is still what its path names: somebody may have tidied up."""
        try:
            return os.path.samestat(os.stat(self.path, follow_symlinks=False), os.fstat(self._descriptor))
        except (FileNotFoundError, NotADirectoryError):
            return False

    def append(self, lines: bytes) -> None:
        """Write whole `lines`. Where there is not room for all of them, those that fit are kept, and `size` says so."""
        n_written = 0
        try:
            while n_written < len(lines):
                n_written += os.write(self._descriptor, memoryview(lines)[n_written:])
        finally:
            n_kept = lines.rfind(b"\n", 0, n_written) + 1
            self._is_torn = n_kept < n_written
            self.size += n_kept
            if self._is_torn:
                os.ftruncate(self._descriptor, self.size)
                self._is_torn = False

    def sync(self) -> None:
        """Return once what is written would outlive a loss of power."""
        os.fsync(self._descriptor)

    def cut(self) -> None:
        """Cut the file to its last complete line."""
        end = self.size
        while end > 0:
            start = max(end - _BLOCK_BYTES, 0)
            newline = os.pread(self._descriptor, end - start, start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end < self.size:
            os.ftruncate(self._descriptor, end)
            self.size = end

    def finish(self) -> Path | None:
        """Close the file under the name of a closed one and return that; an empty file is removed."""
        closed = self.path.with_suffix("")
        try:
            if self._is_torn:
                return None  # whoever comes next cuts it
            if self.size == 0:
                self.path.unlink()
                return None
            self.sync()
            self.path.rename(closed)
            sync_folder(self.path.parent)
            return closed
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of the file as it is; whoever comes next takes it over."""
        os.close(self._descriptor)
