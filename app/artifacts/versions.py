"""Versions: how they may be called, which are published, which one is current."""

from __future__ import annotations

import re
from pathlib import Path

from app.artifacts.errors import ArtifactNotFound

CURRENT_LINK = "current"

VERSION_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class InvalidVersionName(ValueError):
    """A text that cannot name a version."""

    rule = (
        "must be 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or a digit, "
        f"and other than {CURRENT_LINK!r}"
    )

    def __init__(self, name: str) -> None:
        super().__init__(f"The version name {self.rule}, not {name!r}.")


def is_version_name(name: str) -> bool:
    """Return whether `name` may name a version."""
    return name != CURRENT_LINK and VERSION_PATTERN.fullmatch(name) is not None


def check_version_name(name: str) -> None:
    """Raise `InvalidVersionName` unless `name` may name a version."""
    if not is_version_name(name):
        raise InvalidVersionName(name)


def list_versions(artifact_dir: Path) -> list[str]:
    """Return the names of the published versions, sorted."""
    if not artifact_dir.is_dir():
        return []
    return sorted(entry.name for entry in artifact_dir.iterdir() if _is_published(artifact_dir, entry.name))


def find_version(artifact_dir: Path, version: str | None) -> str:
    """Return the version to serve: `version` if given, else the one that `current` names.

    Raises `ArtifactNotFound` where there is none, with what to type.
    """
    if version is None:
        version = _read_current(artifact_dir)
    if not _is_published(artifact_dir, version):
        published = ", ".join(list_versions(artifact_dir))
        raise ArtifactNotFound(
            f"There is no version {version} in {artifact_dir}. Published there: {published or 'nothing'}. "
            "Set MODEL_VERSION to one of those, or publish one with 'make train'."
        )
    return version


def _read_current(artifact_dir: Path) -> str:
    link = artifact_dir / CURRENT_LINK
    try:
        target = link.readlink()
    except OSError as error:
        published = ", ".join(list_versions(artifact_dir))
        remedy = (
            f"Set MODEL_VERSION to one of {published}, or publish another with 'make train'."
            if published
            else "Publish one with 'make train'."
        )
        raise ArtifactNotFound(f"There is no current artifact in {artifact_dir}. {remedy}") from error
    if (artifact_dir / target).parent.resolve() != artifact_dir.resolve():
        raise ArtifactNotFound(f"The link {link} leads out of {artifact_dir}. Publish a version with 'make train'.")
    return target.name


def _is_published(artifact_dir: Path, version: str) -> bool:
    folder = artifact_dir / version
    return is_version_name(version) and folder.is_dir() and not folder.is_symlink()
