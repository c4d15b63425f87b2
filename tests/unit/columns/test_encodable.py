from __future__ import annotations

import pytest

from app.columns.category import CategoryColumn
from app.columns.column import Column
from app.columns.faults import InvalidInput
from app.columns.kinds import build_table
from app.columns.text import TextColumn


@pytest.mark.parametrize("column", [TextColumn("a"), CategoryColumn("a", values=["x"], unseen=True)], ids=repr)
def test_a_string_that_cannot_be_written_down_is_refused(column: Column) -> None:
    with pytest.raises(InvalidInput) as refused:
        build_table([column]).parse_instance(["\ud800"], ("features",))
    rule = "must be a string of whole characters, and holds half a surrogate pair"
    assert str(refused.value) == f"#/features/0 {rule}."
