"""The report of an import, for a person: what the model takes, how good it is, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from app.artifacts import Metadata
from app.columns.category import CategoryColumn
from app.columns.column import Column

_MOST_VALUES = 5


def describe_import(metadata: Metadata) -> str:
    """Return what was imported: a line for each column, the metrics, and where it is."""
    columns = metadata.parse_columns()
    widths = [max(len(text) for text in texts) for texts in zip(*map(_list_cells, columns), strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(_list_cells(each), widths, strict=True)).rstrip()
             for each in columns]  # fmt: skip
    metrics = [format_metrics(values) for values in metadata.metrics.values()]
    return "\n".join(
        [
            f"{metadata.estimator}: {metadata.task}. Its columns, whose kinds --kind overrules:",
            *lines,
            *metrics,
            f"Version {metadata.version} is published, and the current one.",
            "Serve it with 'make run'; a running server takes it over at 'make reload'.",
        ]
    )


def format_metrics(metrics: Mapping[str, float]) -> str:
    """Return the metrics, a line for each."""
    width = max(map(len, metrics), default=0)
    return "\n".join(f"{name.ljust(width)}  {value:.4f}" for name, value in metrics.items()) or "No metrics."


def _list_cells(column: Column) -> tuple[str, str, str, str]:
    return column.name, column.kind, "may be null" if column.missing else "", _describe_values(column)


def _describe_values(column: Column) -> str:
    if not isinstance(column, CategoryColumn):
        return ""
    listed = ", ".join(map(str, column.values[:_MOST_VALUES]))
    n_more = len(column.values) - _MOST_VALUES
    return f"{listed}{f' and {n_more} more' if n_more > 0 else ''}{', or others' if column.unseen else ''}"
