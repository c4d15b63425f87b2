"""The quality of predictions as tables for a person."""

from __future__ import annotations

from collections.abc import Sequence

from app.prediction_log.accuracy import AccuracyReport, Unused
from app.prediction_log.quality import VersionAccuracy, VersionErrors

_COUNTS = ("PREDICTIONS", "LABELLED")
_UNKNOWN = "-"


def format_report(report: AccuracyReport) -> str:
    """Return a table of the classifiers, one of the regressors, and what could not be compared."""
    accuracies = [each for each in report.versions if isinstance(each, VersionAccuracy)]
    errors = [each for each in report.versions if isinstance(each, VersionErrors)]
    lines = _format_table(("CORRECT", "ACCURACY", "95 % INTERVAL"), [(each, _list_cells(each)) for each in accuracies])
    lines += _format_table(("MAE", "RMSE", "R2"), [(each, _list_error_cells(each)) for each in errors])
    lines += [f"{reason}: {report.unused[reason]}." for reason in Unused if report.unused[reason]]
    lines += [f"Version {version} is left out: {reason}." for version, reason in sorted(report.left_out.items())]
    return "\n".join(lines)


def _format_table(
    headings: Sequence[str], rows: Sequence[tuple[VersionAccuracy | VersionErrors, tuple[str, ...]]]
) -> list[str]:
    """Return the lines of a table, with a column for the target where any has a name; none where there are no rows."""
    if not rows:
        return []
    has_targets = any(quality.target is not None for quality, _ in rows)
    n_left = 1 + has_targets
    table = [("VERSION", *["TARGET"] * has_targets, *_COUNTS, *headings)]
    for quality, cells in rows:
        names = (quality.version, *[quality.target or _UNKNOWN] * has_targets)
        table.append((*names, str(quality.n_predictions), str(quality.n_labelled), *cells))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < n_left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]


def _list_cells(quality: VersionAccuracy) -> tuple[str, ...]:
    if quality.accuracy is None or quality.interval is None:
        return str(quality.n_correct), _UNKNOWN, _UNKNOWN
    low, high = quality.interval
    return str(quality.n_correct), f"{quality.accuracy:.4f}", f"{low:.4f} to {high:.4f}"


def _list_error_cells(quality: VersionErrors) -> tuple[str, ...]:
    return tuple(_UNKNOWN if figure is None else f"{figure:.6g}" for figure in (quality.mae, quality.rmse, quality.r2))
