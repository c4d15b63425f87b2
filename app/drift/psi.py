"""The population stability index, and what it says of a window: how far the model's input has moved from training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
class Drift:
    """The instances of a window compared with training.

    psi : shape (n_features,); out_of_range : the share of values outside the training range, shape (n_features,);
    prediction_shares : how often each class was predicted, shape (n_classes,), and in training.
    """

    n_instances: int
    feature_names: Sequence[str]
    psi: NDArray[np.float64]
    out_of_range: NDArray[np.float64]
    prediction_shares: NDArray[np.float64]
    expected_prediction_shares: NDArray[np.float64]
    prediction_psi: float

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
        return self.is_meaningful and self.n_instances >= MIN_INSTANCES_A_CLASS * len(self.prediction_shares)

    @property
    def have_predictions_drifted(self) -> bool:
        """Whether other classes are predicted than in training."""
        return self.are_predictions_meaningful and self.prediction_psi >= PSI_LIMIT


def measure_drift(
    counts: WindowCounts,
    feature_names: Sequence[str],
    feature_shares: NDArray[np.float64],
    prediction_shares: NDArray[np.float64],
) -> Drift:
    """Return how far `counts` have moved from the shares in training: of each decile, and of each class."""
    by_bin = counts.by_bin
    n_instances = int(counts.by_class.sum())
    divisor = max(n_instances, 1)
    deciles = by_bin[:, 1:-1].copy()
    deciles[:, 0] += by_bin[:, 0]
    deciles[:, -1] += by_bin[:, -1]
    predicted = counts.by_class / divisor
    return Drift(
        n_instances=n_instances,
        feature_names=feature_names,
        psi=measure_psi(deciles / divisor, feature_shares),
        out_of_range=(by_bin[:, 0] + by_bin[:, -1]) / divisor,
        prediction_shares=predicted,
        expected_prediction_shares=prediction_shares,
        prediction_psi=float(measure_psi(predicted, prediction_shares)),
    )


def measure_psi(shares: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the population stability index over the last axis: the sum of (share - expected) ln(share / expected).

    N. Siddiqi, Credit Risk Scorecards, 2006; it is the symmetrised Kullback-Leibler divergence.
    """
    actual, reference = np.maximum(shares, _LEAST_SHARE), np.maximum(expected, _LEAST_SHARE)
    index: NDArray[np.float64] = ((actual - reference) * np.log(actual / reference)).sum(axis=-1)
    return index
