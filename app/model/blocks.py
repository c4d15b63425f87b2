"""Blocks: a pass that would take long is computed in parts, if no answer depends on the other rows.

Some estimators hold the interpreter's lock for as long as they compute, so that nothing else of the process goes on,
not even an answer to a monitor. Between two parts it does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.columns.table import Rows
from app.engines.engine import CannotCompute
from app.outputs.prediction import Arrays


def compute_in_blocks(compute: Callable[[Rows], Arrays], rows: Rows, block_rows: int | None) -> Arrays:
    """Return what `compute` returns for all of `rows`, of which it is handed `block_rows` at a time.

    block_rows : `None` has it compute all at once.
    Raises `CannotCompute` with the places of all rows for which `compute` does, among all.
    """
    if block_rows is None or len(rows) <= block_rows:
        return compute(rows)
    parts: list[Arrays] = []
    refused: list[int] = []
    noun = ""
    for start in range(0, len(rows), block_rows):
        try:
            parts.append(compute(rows[start : start + block_rows]))
        except CannotCompute as error:
            refused += [start + row for row in error.rows]
            noun = error.noun
    if refused:
        raise CannotCompute(refused, noun)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
