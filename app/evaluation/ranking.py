"""Ranking: how well scores put the instances of a class before all others, for hundreds of classes one after the other.

It is what scikit-learn's functions compute, but for the last bits, without what they check for each class: with 1,000
classes those checks take most of the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def measure_ranking(is_of_class: NDArray[np.bool_], scores: NDArray[np.float64]) -> tuple[float, float]:
    """Return the area under the ROC curve and the average precision.

    is_of_class, scores : ndarray of shape (n_samples,), of which some are of the class and some are not
    """
    order = np.argsort(scores)[::-1]
    ordered = scores[order]
    # Instances of equal scores come at once.
    ends = np.r_[np.flatnonzero(np.diff(ordered)), len(ordered) - 1]
    hits = np.cumsum(is_of_class[order])[ends].astype(np.float64)
    misses = ends + 1 - hits
    recall, fallout = np.r_[0.0, hits / hits[-1]], np.r_[0.0, misses / misses[-1]]
    precision = hits / (ends + 1)
    return float(np.trapezoid(recall, fallout)), float(np.sum(np.diff(recall) * precision))
