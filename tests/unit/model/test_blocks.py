"""A long pass is cut into parts, and answers as it would in one."""

from __future__ import annotations

import numpy as np
import pytest

from app.columns.table import Rows
from app.engines.engine import CannotCompute
from app.model.blocks import compute_in_blocks
from app.outputs.prediction import Arrays


class Doubling:
    """Doubles numbers, but none below zero, and notes how many at a time."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, rows: Rows) -> Arrays:
        """Return the doubled numbers."""
        self.sizes.append(len(rows))
        if (rows < 0).any():
            raise CannotCompute(np.flatnonzero(rows[:, 0] < 0).tolist(), "texts")
        return {"values": rows[:, 0] * 2, "all": np.repeat(rows, 3, axis=1)}


@pytest.mark.parametrize(
    ("n_rows", "block_rows", "sizes"),
    [
        (1, 1, [1]),
        (4, 4, [4]),
        (5, 4, [4, 1]),
        (8, 4, [4, 4]),
        (3, 1, [1, 1, 1]),
        (9, None, [9]),
    ],
)
def test_no_part_has_more_rows_than_it_may(n_rows: int, block_rows: int | None, sizes: list[int]) -> None:
    rows = np.arange(float(n_rows)).reshape(-1, 1)
    doubling = Doubling()
    arrays = compute_in_blocks(doubling, rows, block_rows)
    assert doubling.sizes == sizes
    assert arrays["values"].tolist() == [2.0 * number for number in range(n_rows)]
    assert arrays["all"].tolist() == [[float(number)] * 3 for number in range(n_rows)]


def test_all_rows_without_an_answer_are_named_by_their_place_among_all() -> None:
    rows = np.array([[1.0], [-1.0], [2.0], [3.0], [4.0], [-2.0], [-3.0]])
    with pytest.raises(CannotCompute, match=r"Instance 1, 5, 6 holds texts") as raised:
        compute_in_blocks(Doubling(), rows, 2)
    assert raised.value.rows == (1, 5, 6)
