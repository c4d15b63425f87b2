"""The listing of a table's columns on the screen: what each is taken for, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from app.tables.table_files import TypedTable

MAX_COLUMNS = 60
_MOST_VALUES = 4
_WIDEST = 34


def format_columns(table: TypedTable, roles: Mapping[str, str]) -> str:
    """Return a line for each column: name, kind, share of missing values, values, why. `roles` go with names."""
    rows = [("column", "kind", "missing", "values", "why")]
    for name in list(table.frame)[:MAX_COLUMNS]:
        values = table.frame[name]
        label = f"{name} ({roles[name]})" if name in roles else name
        missing = f"{values.isna().mean():.1%}" if values.isna().any() else "-"
        row = (label, table.kinds[name], missing, _describe(values, table.kinds[name]), table.reasons[name])
        rows.append(row)
    lines = [_format_row(row, _find_widths(rows)) for row in rows]
    if (n_more := table.frame.shape[1] - MAX_COLUMNS) > 0:
        lines.append(f"... and {n_more} columns more")
    remedy = (
        "Another kind: --kind NAME=category (number, integer, boolean, text, date-time). To leave one out: --drop NAME."
    )
    return "\n".join([*lines, "", remedy, ""])


def _find_widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [min(_WIDEST, max(len(row[place]) for row in rows)) for place in range(4)]


def _format_row(row: Sequence[str], widths: Sequence[int]) -> str:
    *cells, reason = row
    return "  ".join([*(_cut(cell).ljust(width) for cell, width in zip(cells, widths, strict=True)), reason])


def _describe(values: pd.Series, kind: str) -> str:
    present = values.dropna()
    if present.empty:
        return "none"
    if kind == "date-time":
        return f"{present.min():%Y-%m-%d} to {present.max():%Y-%m-%d}"
    if kind in {"number", "integer"}:
        return f"{present.min():g} to {present.max():g}"
    distinct = [str(value) for value in present.value_counts().index[: _MOST_VALUES + 1]]
    return ", ".join(distinct[:_MOST_VALUES]) + (", ..." if len(distinct) > _MOST_VALUES else "")


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 3]}..."
