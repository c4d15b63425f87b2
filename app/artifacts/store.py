"""The folder of versions, changed: which version is current, which was, and which are removed.

Every change is a rename, made under the folder's lock: whoever looks sees the folder before it or after it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.artifacts.errors import ArtifactNotFound, StorageUnsuitable
from app.artifacts.names import CURRENT_LINK
from app.artifacts.published import find_version

PREVIOUS_LINK = ".previous"
TEMPORARY_PREFIX = ".publishing-"

_LOCK_FILE = ".lock"
# What any storage may refuse; all else it refuses because it cannot.
_REFUSALS_OF_ANY = frozenset({errno.EACCES, errno.EDQUOT, errno.ENOENT, errno.ENOSPC, errno.EROFS})


@contextmanager
def lock_artifacts(artifact_dir: Path) -> Iterator[None]:
    """Hold the lock of the folder, which the kernel releases when the holder dies; others wait.

    Also removes what others left that were killed: whoever holds the lock is the only one at work. Raises
    `ArtifactNotFound` where there is no such folder, `StorageUnsuitable` where nothing can be locked, and `OSError`.
    """
    try:
        lock = (artifact_dir / _LOCK_FILE).open("w")
    except FileNotFoundError as error:
        raise ArtifactNotFound(f"There is no folder {artifact_dir}: publish a version with 'make train'.") from error
    with lock:
        with _name_step(artifact_dir, "lock a file"):
            fcntl.flock(lock, fcntl.LOCK_EX)
        _remove_abandoned(artifact_dir)
        yield


def make_current(artifact_dir: Path, version: str) -> None:
    """Make `version` the current one, and remember which one was. To be called under the lock.

    Raises `StorageUnsuitable` or another `OSError`.
    """
    before = _find_current(artifact_dir)
    if before is not None and before != version:
        _replace_link(artifact_dir, PREVIOUS_LINK, before)
    _replace_link(artifact_dir, CURRENT_LINK, version)


def rehearse(artifact_dir: Path) -> None:
    """Do with what nobody sees all that publishing does with names. To be called under the lock.

    Raises `StorageUnsuitable` where the storage cannot do it, or another `OSError`.
    """
    new, old = (artifact_dir / f"{TEMPORARY_PREFIX}{name}" for name in ("rehearsal", "rehearsed"))
    with _name_step(artifact_dir, "rename a folder"):
        new.mkdir()
        new.rename(old)
    sync_folder(artifact_dir)
    name = f"{TEMPORARY_PREFIX}current"
    for _ in range(2):  # where there is none, and in place of another
        _replace_link(artifact_dir, name, old.name)
    _remove_abandoned(artifact_dir)


def remove_version(artifact_dir: Path, version: str) -> None:
    """Remove a version, at once as others see it. To be called under the lock. Raises `OSError`."""
    doomed = artifact_dir / f"{TEMPORARY_PREFIX}{version}"
    (artifact_dir / version).rename(doomed)
    _remove(doomed)


def sync_folder(folder: Path) -> None:
    """Return once the names in `folder` would outlive a loss of power. Raises as `make_current` does."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with _name_step(folder, "sync a folder"):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _find_current(artifact_dir: Path) -> str | None:
    try:
        return find_version(artifact_dir, None)
    except ArtifactNotFound:  # none, or a link that leads nowhere: nothing that one would return to
        return None


def _replace_link(artifact_dir: Path, name: str, version: str) -> None:
    link = artifact_dir / f"{TEMPORARY_PREFIX}link"
    with _name_step(artifact_dir, "hold a symbolic link"):
        link.symlink_to(version, target_is_directory=True)
        link.readlink()  # some storage makes a copy of what it should link to
    with _name_step(artifact_dir, "replace a file by renaming another"):
        link.replace(artifact_dir / name)
    sync_folder(artifact_dir)


@contextmanager
def _name_step(artifact_dir: Path, step: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _REFUSALS_OF_ANY:
            raise
        raise StorageUnsuitable(artifact_dir, step, error.strerror or type(error).__name__) from error


def _remove_abandoned(artifact_dir: Path) -> None:
    for entry in artifact_dir.glob(f"{TEMPORARY_PREFIX}*"):
        _remove(entry)


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()
