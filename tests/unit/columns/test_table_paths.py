"""The fast path and the exact path of validation agree on every row.

A plain list or dict may take the fast path; a tuple, or a mapping that is no dict, always takes the exact one.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.columns.faults import Fault, InvalidInput
from tests.support.tables import build_table

TABLE = build_table(["a", "b", "c"])
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**308), 10**308)
ANYTHING = st.one_of(
    NUMBERS, st.floats(), st.integers(), st.booleans(), st.none(), st.text(), st.just([1.0]), st.just(10**400)
)


def parse(rows: list[Any]) -> bytes | tuple[tuple[Fault, ...], int]:
    """Return the bits of the matrix, or the faults."""
    try:
        return TABLE.parse_instances(rows).tobytes()
    except InvalidInput as error:
        return error.faults, error.total


@given(st.lists(st.lists(NUMBERS, min_size=3, max_size=3), min_size=1))
def test_both_paths_read_right_rows_bit_for_bit_alike(rows: list[list[float]]) -> None:
    assert isinstance(parse(rows), bytes)
    assert parse(rows) == parse([tuple(row) for row in rows])


@given(st.lists(st.lists(ANYTHING, min_size=2, max_size=4), min_size=1))
def test_both_paths_judge_any_rows_by_position_alike(rows: list[list[Any]]) -> None:
    assert parse(rows) == parse([tuple(row) for row in rows])


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), ANYTHING), min_size=1))
def test_both_paths_judge_any_rows_by_name_alike(rows: list[dict[str, Any]]) -> None:
    assert parse(rows) == parse([MappingProxyType(row) for row in rows])


@given(st.permutations("abc"), st.lists(NUMBERS, min_size=3, max_size=3))
def test_names_in_any_order_are_read_as_the_row_in_the_model_s_order(names: list[str], row: list[float]) -> None:
    by_name = dict(zip("abc", row, strict=True))
    assert parse([{name: by_name[name] for name in names}]) == parse([row])
