"""The population stability index, and what it says of a window: how far the model's input has moved from training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.columns.distributions import ABOVE_BIN, MISSING_BIN
from app.drift.window import WindowCounts

# From here on a population is commonly said to have shifted; below 0.1, not to have.
PSI_LIMIT = 0.2
OUT_OF_RANGE_LIMIT = 0.05
# With fewer instances chance alone moves the index: by (bins - 1) / instances on average.
MIN_INSTANCES = 500
# The same for the predicted classes, of which there may be far more than parts of a feature.
MIN_INSTANCES_A_CLASS = 50

# What a share counts as when nothing is there, for the index knows no zero.
_LEAST_SHARE = 1e-4


@dataclass(frozen=True)
class Expected:
    """What training leads one to expect.

    feature_shares : how the values of each feature were distributed over its ten parts, and the share of missing ones,
    shape (n_features, 11); feature_values : the names of those parts where they are values from a list, else `None`;
    prediction_shares : how often each part of each target was predicted, one target after the other; n_parts : how many
    parts each target has; part_names : what they are called.
    """

    feature_names: Sequence[str]
    feature_shares: NDArray[np.float64]
    prediction_shares: NDArray[np.float64]
    n_parts: Sequence[int]
    part_names: Sequence[str]
    feature_values: Sequence[Sequence[str] | None]


@dataclass(frozen=True)
class Drift:
    """The instances of a window compared with training.

    psi : shape (n_features,); out_of_range : the share of values outside the training range, or not seen in training,
    shape (n_features,); feature_shares : shape (n_features, 11), of each part and of missing values;
    prediction_shares : how often each part of each target was predicted, as the expected ones are ordered;
    prediction_psi : that of the target which has moved most.
    """

    n_instances: int
    expected: Expected
    psi: NDArray[np.float64]
    out_of_range: NDArray[np.float64]
    feature_shares: NDArray[np.float64]
    prediction_shares: NDArray[np.float64]
    prediction_psi: float

    @property
    def feature_names(self) -> Sequence[str]:
        """The features, in the model's order."""
        return self.expected.feature_names

    @property
    def is_meaningful(self) -> bool:
        """Whether there are enough instances to know drift from chance."""
        return self.n_instances >= MIN_INSTANCES

    @property
    def have_drifted(self) -> NDArray[np.bool_]:
        """Which features have drifted, shape (n_features,)."""
        return self.is_meaningful & ((self.psi >= PSI_LIMIT) | (self.out_of_range > OUT_OF_RANGE_LIMIT))

    @property
    def are_predictions_meaningful(self) -> bool:
        """Whether there are enough instances for as many classes."""
        return self.is_meaningful and self.n_instances >= MIN_INSTANCES_A_CLASS * max(self.expected.n_parts)

    @property
    def have_predictions_drifted(self) -> bool:
        """Whether other classes are predicted than in training."""
        return self.are_predictions_meaningful and self.prediction_psi >= PSI_LIMIT


def measure_drift(counts: WindowCounts, expected: Expected) -> Drift:
    """Return how far `counts` have moved from the shares in training: of each part of a feature, and of a target."""
    by_bin = counts.by_bin
    n_instances = int(counts.by_part.sum()) // len(expected.n_parts)
    divisor = max(n_instances, 1)
    shares = by_bin[:, 1:ABOVE_BIN].astype(np.float64)
    has_values = np.array([values is not None for values in expected.feature_values])
    # On a line, what is below or above belongs to the first or the last part; not so a value that was not seen.
    shares[:, 0] += np.where(has_values, 0, by_bin[:, 0])
    shares[:, -1] += by_bin[:, ABOVE_BIN]
    shares = np.column_stack([shares, by_bin[:, MISSING_BIN], np.where(has_values, by_bin[:, 0], 0)]) / divisor
    expected_shares = np.column_stack([expected.feature_shares, np.zeros(len(shares))])
    predicted = counts.by_part / divisor
    limits = np.cumsum(expected.n_parts)[:-1]
    of_targets = zip(np.split(predicted, limits), np.split(expected.prediction_shares, limits), strict=True)
    return Drift(
        n_instances=n_instances,
        expected=expected,
        psi=measure_psi(shares, expected_shares),
        out_of_range=(by_bin[:, 0] + by_bin[:, ABOVE_BIN]) / divisor,
        feature_shares=shares[:, :-1],
        prediction_shares=predicted,
        prediction_psi=max(float(measure_psi(actual, reference)) for actual, reference in of_targets),
    )


def measure_psi(shares: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the population stability index over the last axis: the sum of (share - expected) ln(share / expected).

    N. Siddiqi, Credit Risk Scorecards, 2006; it is the symmetrised Kullback-Leibler divergence.
    """
    actual, reference = np.maximum(shares, _LEAST_SHARE), np.maximum(expected, _LEAST_SHARE)
    index: NDArray[np.float64] = ((actual - reference) * np.log(actual / reference)).sum(axis=-1)
    return index
