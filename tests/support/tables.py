"""Tables of numbers for the tests."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from app.columns.number import NumberColumn
from app.columns.table import Table


def build_table(names: Iterable[str], largest: float = sys.float_info.max) -> Table:
    """Return a table of columns of numbers with these names."""
    return Table([NumberColumn(name, largest) for name in names])
