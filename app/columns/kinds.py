"""Kinds of columns, by name. A new kind is a file in this package and a line here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.columns.boolean import BooleanColumn
from app.columns.category import CategoryColumn
from app.columns.column import Column
from app.columns.date_time import DateTimeColumn
from app.columns.integer import IntegerColumn
from app.columns.mixed_table import MixedTable
from app.columns.number import NumberColumn
from app.columns.numeric_table import NumericTable
from app.columns.table import Table
from app.columns.text import TextColumn

KINDS: dict[str, type[Column]] = {
    column.kind: column
    for column in (NumberColumn, IntegerColumn, BooleanColumn, CategoryColumn, TextColumn, DateTimeColumn)
}


def parse_column(document: Any) -> Column:
    """Return the column that metadata describe. Raises `ValueError` where it is not of the format."""
    if not isinstance(document, dict) or document.get("kind") not in list(KINDS):
        raise ValueError(f"'columns' must be objects with a kind, which is one of {', '.join(KINDS)}")
    return KINDS[document["kind"]].from_json(document)


def build_table(columns: Sequence[Column]) -> Table:
    """Return the table of these columns."""
    if all(isinstance(column, NumberColumn) for column in columns):
        return NumericTable([column for column in columns if isinstance(column, NumberColumn)])
    return MixedTable(columns)
