"""Findings of a trial: how long a pass of the model takes, and whether rows may share one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from app.artifacts import Golden
from app.columns.table import Rows
from app.model.model import Model
from app.outputs.prediction import Arrays, BatchPrediction

# How often a pass is timed, and for how long at most: the least of the times is what the machine does undisturbed.
_N_TIMES = 5
_MOST_SECONDS = 0.05
# So many rows, where all golden ones take no longer than that: some engines compute no fewer than 64 at a time.
_MANY_ROWS, _MOST_SECONDS_FOR_MANY = 256, 0.01
# Of how many rows the batches are for which answers are compared, besides all golden ones at once.
_BATCH_SIZES = (2, 17)


@dataclass(frozen=True)
class PassFindings:
    """What is known of the passes of a model; as long as nothing is, they are taken for quick, and are not shared."""

    alone_seconds: float = 0.0
    """A pass with one row."""
    row_seconds: float = 0.0
    """What each further row adds."""
    is_row_independent: bool = False
    """Whether each golden row has the same answer, bit for bit, alone and in batches of several sizes."""

    @classmethod
    def from_measured(cls, measured: Mapping[str, float]) -> PassFindings:
        """Return the findings that `to_measured` has made of others; none where there are none."""
        if not {"alone_seconds", "row_seconds", "is_row_independent"} <= set(measured):
            return cls()
        return cls(measured["alone_seconds"], measured["row_seconds"], bool(measured["is_row_independent"]))

    def to_measured(self) -> dict[str, float]:
        """Return the findings as numbers by their names, as a trial reports them."""
        return asdict(self)

    def estimate_seconds(self, n_rows: int) -> float:
        """Return how long a pass of so many rows takes."""
        return self.alone_seconds + self.row_seconds * (n_rows - 1)


def find_passes(model: Model, golden: Golden, together: BatchPrediction, alone: BatchPrediction) -> PassFindings:
    """Return what passes of `model` are like, which has answered all golden rows, `together` and each `alone`."""
    rows = model.columns.check_matrix(golden.instances)
    alone_seconds = _time_pass(model, rows[:1])
    row_seconds = _time_further_row(model, rows, alone_seconds)
    batches = [together, *(model.answer(rows[:size].copy()) for size in _BATCH_SIZES if size < len(rows))]
    is_row_independent = all(_are_same_bits(batch.arrays, alone.arrays) for batch in batches)
    return PassFindings(alone_seconds, row_seconds, is_row_independent)


def _time_further_row(model: Model, rows: Rows, alone_seconds: float) -> float:
    seconds = _time_pass(model, rows)
    if seconds <= _MOST_SECONDS_FOR_MANY:
        rows = rows[np.arange(_MANY_ROWS) % len(rows)]
        seconds = _time_pass(model, rows)
    return max(seconds - alone_seconds, 0.0) / (len(rows) - 1) if len(rows) > 1 else alone_seconds


def _time_pass(model: Model, rows: Rows) -> float:
    times: list[float] = []
    while len(times) < _N_TIMES and sum(times) < _MOST_SECONDS:
        given = rows.copy()
        began_at = time.perf_counter()
        model.answer(given)
        times.append(time.perf_counter() - began_at)
    return min(times)


def _are_same_bits(batch: Arrays, alone: Arrays) -> bool:
    """Return whether the rows of a batch have the answers that the first rows have alone."""
    return all(array.tobytes() == alone[name][: len(array)].tobytes() for name, array in batch.items())
