"""Engines: what every way to compute answers brings with it. Each way is a file beside this one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.columns.faults import FaultKind, RequestRefused


class CannotCompute(RequestRefused, ValueError):
    """The instances `rows` are within the contract, but the model's own arithmetic fails on their numbers."""

    kinds = (FaultKind.NOT_COMPUTABLE,)
    message = "holds numbers that the model cannot compute with"

    def __init__(self, rows: Sequence[int]) -> None:
        self.rows = tuple(rows)
        super().__init__(f"Instance {', '.join(map(str, self.rows[:20]))} {self.message}.")


class Engine(Protocol):
    """Computes the answers for checked rows, from any number of threads."""

    largest_number: float
    """The greatest magnitude of a number that it computes with."""

    def compute(self, matrix: NDArray[np.float64]) -> tuple[NDArray[Any], ...]:
        """Return the arrays that the output of the model gathers, each with a row for each of the matrix.

        Those of a classifier are class indices of shape (n,) and probabilities of shape (n, n_classes).
        Raises `CannotCompute` where its arithmetic fails.
        """
