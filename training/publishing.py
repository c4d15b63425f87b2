"""Publishing an artifact: all of it at once or not at all, whenever the process is killed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.artifacts import CURRENT_LINK, check_version_name

_TEMPORARY_PREFIX = ".publishing-"
_LOCK_FILE = ".lock"


class VersionExists(Exception):
    """A version of that name is published already, and a published version is never changed."""

    def __init__(self, version: str, artifact_dir: Path) -> None:
        super().__init__(
            f"Version {version} is already published in {artifact_dir}. Choose another name with MODEL_VERSION, "
            "or leave it unset to have one made."
        )


def publish(artifact_dir: Path, version: str, files: dict[str, bytes]) -> Path:
    """Publish `files` as `version`, make it the current one and return its folder.

    The files are written and synced under a temporary name and then renamed, so a version is complete or not there;
    `current` is replaced by a rename as well. One process publishes at a time; the others wait.
    Raises `VersionExists` or `InvalidVersionName`, and nothing has changed; or `OSError`, and `current` names the
    version before or, where only the last sync failed, already this one.
    """
    check_publishable(artifact_dir, version)
    with _lock(artifact_dir):
        _remove_abandoned(artifact_dir)
        folder = artifact_dir / version
        if folder.exists():  # published by another since the check
            raise VersionExists(version, artifact_dir)
        temporary = artifact_dir / f"{_TEMPORARY_PREFIX}{version}"
        _write_folder(temporary, files)
        temporary.rename(folder)
        _sync(artifact_dir)
        _replace_current(artifact_dir, version)
    return folder


def check_publishable(artifact_dir: Path, version: str) -> None:
    """Raise what `publish` would raise at once, before hours are spent on training.

    Raises `VersionExists`, `InvalidVersionName` or `OSError`.
    """
    check_version_name(version)
    artifact_dir.mkdir(parents=True, exist_ok=True)
    if (artifact_dir / version).exists():
        raise VersionExists(version, artifact_dir)
    with _lock(artifact_dir):
        pass


@contextmanager
def _lock(artifact_dir: Path) -> Iterator[None]:
    """Hold the folder's lock, which the kernel releases when the holder dies."""
    with (artifact_dir / _LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_abandoned(artifact_dir: Path) -> None:
    """Remove what publishers left that were killed: whoever holds the lock is the only one alive."""
    for entry in artifact_dir.glob(f"{_TEMPORARY_PREFIX}*"):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _write_folder(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _sync(folder)


def _replace_current(artifact_dir: Path, version: str) -> None:
    link = artifact_dir / f"{_TEMPORARY_PREFIX}{CURRENT_LINK}"
    link.symlink_to(version, target_is_directory=True)
    link.replace(artifact_dir / CURRENT_LINK)
    _sync(artifact_dir)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
