"""The catalog: what is published, each version with its metadata, and whether it is or was the current one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.artifacts.errors import ArtifactError, ArtifactNotFound
from app.artifacts.metadata import Metadata
from app.artifacts.names import CURRENT_LINK
from app.artifacts.published import list_versions, read_link
from app.artifacts.reading import read_metadata
from app.artifacts.store import PREVIOUS_LINK

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class PublishedVersion:
    """A version as an operator sees it: `metadata` is `None` where it cannot be read, and `fault` says why."""

    name: str
    metadata: Metadata | None
    fault: str | None
    is_current: bool
    is_previous: bool

    @property
    def created_at(self) -> datetime:
        """When the model was trained; the beginning of time where that is not known."""
        try:
            created_at = datetime.fromisoformat(self.metadata.created_at if self.metadata else "")
        except (TypeError, ValueError):
            return LONG_AGO
        return created_at if created_at.tzinfo else created_at.replace(tzinfo=UTC)


def find_named(artifact_dir: Path, link: str) -> str | None:
    """Return the version that `link` names, `None` where there is no such link or it leads nowhere sensible."""
    try:
        return read_link(artifact_dir, link)
    except ArtifactNotFound:
        return None


def list_published(artifact_dir: Path) -> list[PublishedVersion]:
    """Return the published versions, the newest first. Raises `ArtifactNotFound` where they cannot be listed."""
    current = find_named(artifact_dir, CURRENT_LINK)
    previous = find_named(artifact_dir, PREVIOUS_LINK)
    versions = [_read_published(artifact_dir, name, current, previous) for name in list_versions(artifact_dir)]
    return sorted(versions, key=lambda version: (version.created_at, version.name), reverse=True)


def _read_published(artifact_dir: Path, name: str, current: str | None, previous: str | None) -> PublishedVersion:
    metadata, fault = None, None
    try:
        metadata = read_metadata(artifact_dir, name)
    except ArtifactError as error:
        fault = str(error)
    return PublishedVersion(name, metadata, fault, name == current, name == previous and name != current)
