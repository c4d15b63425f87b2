"""Promotion: which version is current, and which old ones go; what becomes current has been verified in full."""

from __future__ import annotations

from pathlib import Path

from app.artifacts import (
    CURRENT_LINK,
    PREVIOUS_LINK,
    Artifact,
    ArtifactError,
    ArtifactNotFound,
    lock_artifacts,
    make_current,
    read_link,
    remove_version,
)
from app.artifacts.catalog import find_named, list_published
from app.model.acceptance import accept_version
from app.settings import Settings


def promote(settings: Settings, version: str) -> Artifact:
    """Verify `version` in full, make it the current one and return its artifact.

    Others that publish or promote wait meanwhile. Raises `ArtifactError` or `OSError`, and nothing has changed.
    """
    with lock_artifacts(settings.artifact_dir):
        return _promote(settings, version)


def roll_back(settings: Settings) -> Artifact:
    """Verify the version that was the current one before, make it so again and return its artifact.

    Doing so twice leads back again. Raises `ArtifactError` or `OSError`, and nothing has changed.
    """
    with lock_artifacts(settings.artifact_dir):
        return _promote(settings, _find_previous(settings.artifact_dir))


def prune(settings: Settings, n_kept: int) -> list[str]:
    """Remove all but the `n_kept` newest versions, and return the names of those removed.

    The current and the previous version stay in any case, and so does the one that MODEL_VERSION names. What has no
    metadata that can be read stays as well: it may be something else, and somebody's. Raises `OSError`, and nothing has
    changed, or `ArtifactError`, which names those that have been removed all the same.
    """
    artifact_dir = settings.artifact_dir
    with lock_artifacts(artifact_dir):
        wanted = {find_named(artifact_dir, CURRENT_LINK), find_named(artifact_dir, PREVIOUS_LINK)}
        wanted.add(settings.model_version)
        versions = [version for version in list_published(artifact_dir) if version.metadata is not None]
        doomed = [version.name for version in versions[n_kept:] if version.name not in wanted]
        for number, name in enumerate(doomed):
            try:
                remove_version(artifact_dir, name)
            except OSError as error:
                removed = ", ".join(doomed[:number]) or "none"
                raise ArtifactError(
                    f"Version {name} cannot be removed: {error.strerror}. Removed before it: {removed}."
                ) from error
    return doomed


def _find_previous(artifact_dir: Path) -> str:
    previous = read_link(artifact_dir, PREVIOUS_LINK)
    if previous is None or previous == find_named(artifact_dir, CURRENT_LINK):
        raise ArtifactNotFound(
            f"There is no previous version in {artifact_dir}. 'make models' lists what is published; "
            "'make promote VERSION=...' makes one of those the current one."
        )
    return previous


def _promote(settings: Settings, version: str) -> Artifact:
    timeout_seconds = settings.load_timeout_seconds
    accepted = accept_version(settings.artifact_dir, version, settings.build_policy(), timeout_seconds=timeout_seconds)
    make_current(settings.artifact_dir, version)
    return accepted.artifact
