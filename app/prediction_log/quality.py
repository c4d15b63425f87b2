"""Quality: how good the answers of one version were, as far as it is known what was right."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# The standard normal distribution has 95 % of its weight within so many deviations.
_Z = 1.959963984540054


@dataclass
class VersionAccuracy:
    """How often a version predicted the right class; of several targets, that of one."""

    version: str
    n_predictions: int
    n_labelled: int = 0
    n_correct: int = 0
    target: str | None = None

    def add(self, predicted: float, right: float) -> None:
        """Count a prediction of which the right label is known."""
        self.n_labelled += 1
        self.n_correct += predicted == right

    @property
    def accuracy(self) -> float | None:
        """The share of the labelled predictions that were right; `None` where none is labelled."""
        return self.n_correct / self.n_labelled if self.n_labelled else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the accuracy (E. B. Wilson, 1927); `None` where none is labelled."""
        n = self.n_labelled
        if not n:
            return None
        share = self.n_correct / n
        centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        margin = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
        return max(centre - margin, 0.0), min(centre + margin, 1.0)


@dataclass
class VersionErrors:
    """How far the numbers that a version predicted were from the right ones; of several targets, those of one."""

    version: str
    n_predictions: int
    target: str | None = None
    predicted: array[float] = field(default_factory=lambda: array("d"))
    right: array[float] = field(default_factory=lambda: array("d"))

    def add(self, predicted: float, right: float) -> None:
        """Count a prediction of which the right value is known."""
        self.predicted.append(predicted)
        self.right.append(right)

    @property
    def n_labelled(self) -> int:
        """Of how many predictions the right value is known."""
        return len(self.right)

    @property
    def mae(self) -> float | None:
        """The mean absolute error; `None` where no right value is known."""
        return float(np.abs(self._errors).mean()) if self.right else None

    @property
    def rmse(self) -> float | None:
        """The root of the mean squared error; `None` where no right value is known."""
        return float(np.sqrt(np.square(self._errors).mean())) if self.right else None

    @property
    def r2(self) -> float | None:
        """The share of the variance that is explained; `None` where the right values do not vary."""
        if len(set(self.right)) < 2:
            return None
        right = np.asarray(self.right)
        return float(1 - np.square(self._errors).sum() / np.square(right - right.mean()).sum())

    @property
    def _errors(self) -> NDArray[np.float64]:
        errors: NDArray[np.float64] = np.asarray(self.predicted) - np.asarray(self.right)
        return errors


VersionQuality = VersionAccuracy | VersionErrors
