"""Predictions to be measured: what a model of any task said about some rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

TransformRows = Callable[[NDArray[np.int64]], Any]


@dataclass(frozen=True)
class Predictions:
    """The answers of a model for n rows, and what else of it the metrics of its task need.

    predicted : of shape (n,), or (n, n_targets) where there are several; scores : of shape (n, n_classes), the more of
    a class the higher, or (n,) of outlier detectors, `None` where nothing orders the rows; classes : what the columns
    of `scores` are; quantile : which one a regressor predicts, `None` where it predicts the mean; transform : returns
    what a clusterer itself sees of some of the rows, by their numbers.
    """

    predicted: NDArray[Any]
    scores: NDArray[np.float64] | None = None
    classes: Sequence[Any] = ()
    quantile: float | None = None
    transform: TransformRows | None = None
