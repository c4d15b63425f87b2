"""The catalog as a table for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.artifacts.catalog import LONG_AGO, PublishedVersion

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_HEADINGS = ("VERSION", "AGE", "ACCURACY", "ROC AUC", "SCIKIT-LEARN", "")
_UNKNOWN = "-"


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
    if created_at == LONG_AGO:
        return _UNKNOWN
    seconds = max(int((now - created_at).total_seconds()), 0)
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds >= length), _UNITS[-1])
    count = seconds // length
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _format_share(metrics: Any, name: str) -> str:
    value = metrics.get(name) if isinstance(metrics, dict) else None
    is_share = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1
    return f"{value:.4f}" if is_share else _UNKNOWN
