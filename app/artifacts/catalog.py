"""What is published: each version with its age, its metrics, and whether it is or was the current one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.artifacts import (
    CURRENT_LINK,
    PREVIOUS_LINK,
    ArtifactError,
    ArtifactNotFound,
    Metadata,
    list_versions,
    read_link,
    read_metadata,
)

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_HEADINGS = ("VERSION", "AGE", "ACCURACY", "ROC AUC", "SCIKIT-LEARN", "")
_UNKNOWN = "-"


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
            return _LONG_AGO
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
    versions = [_look_at(artifact_dir, name, current, previous) for name in list_versions(artifact_dir)]
    return sorted(versions, key=lambda version: (version.created_at, version.name), reverse=True)


def format_table(versions: list[PublishedVersion], now: datetime) -> str:
    """Return a table of `versions` for a person."""
    rows = [_HEADINGS, *(_format_row(version, now) for version in versions)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    is_number = (False, True, True, True, False, False)
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, is_number, strict=True)
        )
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def _look_at(artifact_dir: Path, name: str, current: str | None, previous: str | None) -> PublishedVersion:
    metadata, fault = None, None
    try:
        metadata = read_metadata(artifact_dir, name)
    except ArtifactError as error:
        fault = str(error)
    return PublishedVersion(name, metadata, fault, name == current, name == previous and name != current)


def _format_row(version: PublishedVersion, now: datetime) -> tuple[str, ...]:
    marks = ["current"] * version.is_current + ["previous"] * version.is_previous
    if version.metadata is None:
        return (
            version.name,
            *[_UNKNOWN] * 4,
            ", ".join([*marks, f"broken: 'flask models verify {version.name}' says why"]),
        )
    metrics = version.metadata.metrics.get("test", {})
    return (
        version.name,
        _format_age(version.created_at, now),
        _format_share(metrics, "accuracy"),
        _format_share(metrics, "roc_auc"),
        version.metadata.library_versions.get("scikit-learn", _UNKNOWN),
        ", ".join(marks),
    )


def _format_age(created_at: datetime, now: datetime) -> str:
    if created_at == _LONG_AGO:
        return _UNKNOWN
    seconds = max(int((now - created_at).total_seconds()), 0)
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds >= length), _UNITS[-1])
    count = seconds // length
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _format_share(metrics: Any, name: str) -> str:
    value = metrics.get(name) if isinstance(metrics, dict) else None
    is_share = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1
    return f"{value:.4f}" if is_share else _UNKNOWN
