"""Publishing an artifact: all of it at once or not at all, whenever the process is killed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from app.artifacts import check_version_name, lock_artifacts, make_current, remove_version
from app.artifacts.store import TEMPORARY_PREFIX, rehearse, sync_folder


class VersionExists(Exception):
    """A version of that name is published already, and a published version is never changed."""

    def __init__(self, version: str, artifact_dir: Path) -> None:
        super().__init__(
            f"Version {version} is already published in {artifact_dir}. Choose another name with TRAIN_VERSION, "
            "or leave it unset to have one made."
        )


def publish(
    artifact_dir: Path, version: str, files: dict[str, bytes], check: Callable[[], None] = lambda: None
) -> Path:
    """Publish `files` as `version`, make it the current one and return its folder.

    The files are written and synced under a temporary name and then renamed, so a version is complete or not there;
    `current` is replaced by a rename as well. One process publishes at a time; the others wait. `check` is called
    before the version becomes the current one: what it raises goes on to the caller, and the version is gone again.
    Raises `VersionExists` or `InvalidVersionName`, and nothing has changed; or `OSError`, and `current` names the
    version before or, where only the last sync failed, already this one.
    """
    _check_is_free(artifact_dir, version)
    with lock_artifacts(artifact_dir):
        folder = artifact_dir / version
        if os.path.lexists(folder):  # published by another since the check
            raise VersionExists(version, artifact_dir)
        temporary = artifact_dir / f"{TEMPORARY_PREFIX}{version}"
        _write_folder(temporary, files)
        temporary.rename(folder)
        sync_folder(artifact_dir)
        try:
            check()
        except BaseException:
            remove_version(artifact_dir, version)
            raise
        make_current(artifact_dir, version)
    return folder


def check_publishable(artifact_dir: Path, version: str) -> None:
    """Raise what `publish` would raise, before hours are spent on training: all that it will do is tried.

    Raises `VersionExists`, `InvalidVersionName`, `StorageUnsuitable` or another `OSError`.
    """
    _check_is_free(artifact_dir, version)
    with lock_artifacts(artifact_dir):
        rehearse(artifact_dir)


def _check_is_free(artifact_dir: Path, version: str) -> None:
    check_version_name(version)
    artifact_dir.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(artifact_dir / version):
        raise VersionExists(version, artifact_dir)


def _write_folder(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir()
    inner = {(folder / name).parent for name in files} - {folder}
    for place in inner:
        place.mkdir()
    for name, content in files.items():
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for place in inner:
        sync_folder(place)
    sync_folder(folder)
