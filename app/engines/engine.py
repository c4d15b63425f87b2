"""Engines: what every way to compute answers brings with it. Each way is a file beside this one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.columns.faults import FaultKind, RequestRefused
from app.columns.table import Rows
from app.outputs.prediction import Arrays


class CannotCompute(RequestRefused, ValueError):
    """The instances `rows` are within the contract, but the model's own arithmetic fails on their values."""

    kinds = (FaultKind.NOT_COMPUTABLE,)

    def __init__(self, rows: Sequence[int], noun: str = "numbers") -> None:
        self.rows = tuple(rows)
        self.message = f"holds {noun} that the model cannot compute with"
        super().__init__(f"Instance {', '.join(map(str, self.rows[:20]))} {self.message}.")


class Engine(Protocol):
    """Computes the answers for checked rows, from any number of threads."""

    largest_number: float
    """The greatest magnitude of a number that it computes with."""

    def compute(self, rows: Rows) -> Arrays:
        """Return the arrays of the model's output, by name, each with a row for each of `rows`.

        Those of a classifier are class indices of shape (n,) and probabilities of shape (n, n_classes).
        Raises `CannotCompute` where its arithmetic fails.
        """
