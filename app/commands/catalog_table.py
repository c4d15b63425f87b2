"""The catalog as a table for a person."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

from app.artifacts.catalog import LONG_AGO, PublishedVersion

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
# The metrics that say most of a model, by its task: of the test part or, where a fitted model was published, of the
# sample that came with it. Training names them.
_METRICS = {
    "classification": ("accuracy", "roc_auc"),
    "regression": ("r2", "mae"),
    "multilabel": ("f1_macro", "hamming_loss"),
    "multioutput": ("accuracy",),
    "outlier": ("roc_auc",),
    "cluster": ("silhouette",),
}
_HEADINGS = {
    "accuracy": "ACCURACY",
    "roc_auc": "ROC AUC",
    "r2": "R2",
    "mae": "MAE",
    "f1_macro": "F1",
    "hamming_loss": "HAMMING LOSS",
    "silhouette": "SILHOUETTE",
}
# All others are shares.
_FORMATS = {"mae": ".6g", "r2": ".4g"}
_UNKNOWN = "-"


def format_table(versions: list[PublishedVersion], now: datetime) -> str:
    """Return a table of `versions` for a person, with the metrics of the tasks that there are."""
    metrics = _list_metrics(versions)
    headings = ("VERSION", "AGE", *(_HEADINGS[name] for name in metrics), "SCIKIT-LEARN", "")
    rows = [headings, *(_format_row(version, metrics, now) for version in versions)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if 0 < place <= 1 + len(metrics) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def _list_metrics(versions: list[PublishedVersion]) -> list[str]:
    """Return the metrics of the tasks of `versions`; those of classifiers where no version can be read."""
    tasks = {version.metadata.task for version in versions if version.metadata} or {"classification"}
    return list(dict.fromkeys(name for task, names in _METRICS.items() if task in tasks for name in names))


def _format_row(version: PublishedVersion, metrics: list[str], now: datetime) -> tuple[str, ...]:
    marks = ["current"] * version.is_current + ["previous"] * version.is_previous
    if version.metadata is None:
        fault = f"broken: 'flask models verify {version.name}' says why"
        return (version.name, *[_UNKNOWN] * (len(metrics) + 2), ", ".join([*marks, fault]))
    metrics_by_part = version.metadata.metrics
    measured = metrics_by_part.get("test", metrics_by_part.get("sample", {}))
    of_task = _METRICS[version.metadata.task]
    return (
        version.name,
        _format_age(version.created_at, now),
        *(_format_metric(measured, name) if name in of_task else _UNKNOWN for name in metrics),
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


def _format_metric(metrics: Any, name: str) -> str:
    """Return a metric as text; nothing that metadata may hold instead of one ends the command."""
    value = metrics.get(name) if isinstance(metrics, dict) else None
    largest = sys.float_info.max if name in _FORMATS else 1
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= largest:
        return _UNKNOWN
    return format(value, _FORMATS.get(name, ".4f"))
