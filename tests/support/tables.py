"""Tables of numbers for the tests."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from app.columns.number import NumberColumn
from app.columns.numeric_table import NumericTable


def build_table(names: Iterable[str], largest: float = sys.float_info.max) -> NumericTable:
    """Return a table of columns of numbers with these names."""
    return NumericTable([NumberColumn(name, largest=largest) for name in names])
