"""Published versions: which there are, and which one is current."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from app.artifacts.errors import ArtifactNotFound
from app.artifacts.links import resolve_version
from app.artifacts.names import CURRENT_LINK, is_version_name


def list_versions(artifact_dir: Path) -> list[str]:
    """Return the names of the published versions, sorted. Raises `ArtifactNotFound` where they cannot be listed."""
    try:
        names = sorted(os.listdir(artifact_dir))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ArtifactNotFound(f"The folder {artifact_dir} cannot be read: {error.strerror}.") from error
    return [name for name in names if is_published(artifact_dir, name)]


def is_published(artifact_dir: Path, version: str) -> bool:
    """Return whether there is such a version, whatever state it is in. Raises `ArtifactNotFound` if that is secret."""
    if not is_version_name(version):
        return False
    mode = _read_mode(artifact_dir / version)
    return stat.S_ISDIR(mode) or stat.S_ISLNK(mode) and _leads_to_version(artifact_dir, version)


def find_version(artifact_dir: Path, version: str | None) -> str:
    """Return the version to serve: `version` if given, else the one that `current` names.

    Raises `ArtifactNotFound` where there is none, with what to type.
    """
    if version is not None:
        if not is_published(artifact_dir, version):
            raise ArtifactNotFound(
                f"There is no version {version} in {artifact_dir}{_explain_link(artifact_dir / version)}. "
                f"{_suggest(artifact_dir)}"
            )
        return version
    version = read_link(artifact_dir, CURRENT_LINK)
    if version is None:
        raise ArtifactNotFound(f"There is no current version in {artifact_dir}. {_suggest(artifact_dir)}")
    if not is_published(artifact_dir, version):
        link = artifact_dir / CURRENT_LINK
        raise ArtifactNotFound(
            f"The link {link} names version {version}, which is not there{_explain_link(artifact_dir / version)}. "
            f"{_suggest(artifact_dir)}"
        )
    return version


def read_link(artifact_dir: Path, name: str) -> str | None:
    """Return the version that the link `name` leads to, published or not; `None` where there is no such link.

    Raises `ArtifactNotFound` where it is something else, or leads out of the folder.
    """
    link = artifact_dir / name
    try:
        target = link.readlink()
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = "it is not a symbolic link; remove it" if error.errno == errno.EINVAL else error.strerror
        raise ArtifactNotFound(f"{link} cannot be followed: {reason}. {_suggest(artifact_dir)}") from error
    inside = os.path.realpath((artifact_dir / target).parent) == os.path.realpath(artifact_dir)
    if not inside or not is_version_name(target.name):
        raise ArtifactNotFound(f"The link {link} leads out of {artifact_dir}. {_suggest(artifact_dir)}")
    return target.name


def _explain_link(folder: Path) -> str:
    is_link = is_version_name(folder.name) and stat.S_ISLNK(_read_mode(folder))
    return " (it is a symbolic link that leads to no folder of that name in there)" if is_link else ""


def _leads_to_version(artifact_dir: Path, version: str) -> bool:
    try:
        folder = resolve_version(artifact_dir, version)
    except OSError:  # it leads nowhere, or where this user may not look
        return False
    return folder is not None and folder.is_dir()


def _read_mode(path: Path) -> int:
    """Return what kind of file is there, 0 where there is none."""
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except OSError as error:
        raise ArtifactNotFound(f"{path} cannot be looked at: {error.strerror}.") from error


def _suggest(artifact_dir: Path) -> str:
    """Return what to do where the version that is asked for cannot be found."""
    try:
        published = ", ".join(list_versions(artifact_dir))
    except ArtifactNotFound as error:
        return str(error)
    if not published:
        return "Nothing is published there: publish a version with 'make train'."
    return (
        f"Published there: {published}. Make one of them the current one with 'make promote VERSION=...', "
        "choose one with MODEL_VERSION, or publish another with 'make train'."
    )
