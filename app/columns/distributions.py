"""Distributions of the features and the answers in training, with which a service compares its input."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_DECILES = 10
# Below the training range, its ten deciles, above the range.
N_BINS = N_DECILES + 2

# How far shares may be from adding up to 1.
_ROUNDING = 1e-6
# So many instances are compared with all edges at once: their number fits into a byte, which is fastest to add up.
_STEP = 255


class FeatureDistributions:
    """For each feature the limits of its training range and of the deciles in between, and the share of each decile.

    first_bins : where each feature's bins begin in what `count` returns, shape (n_features,);
    edges : shape (n_features, 11), what a value must exceed to be in the next bin: just below the least training
    value, the nine deciles, the greatest training value; shares : shape (n_features, 10). A share is a tenth but for
    values that are frequent.
    """

    def __init__(self, edges: NDArray[np.float64], shares: NDArray[np.float64]) -> None:
        self.edges = edges
        self.shares = shares
        self._edges_by_rank = np.ascontiguousarray(edges.T)
        self.first_bins = np.arange(len(edges)) * N_BINS

    @property
    def n_features(self) -> int:
        """How many features there are."""
        return len(self.edges)

    @classmethod
    def measure(cls, X: NDArray[np.float64]) -> FeatureDistributions:
        """Return the distributions of the training instances `X`, of shape (n_instances, n_features)."""
        # Each decile is a value that occurs, so that equal values fall into one bin.
        deciles = np.quantile(X, np.arange(1, N_DECILES) / N_DECILES, axis=0, method="inverted_cdf").T
        edges = _join_edges(X.min(axis=0), deciles, X.max(axis=0))
        distributions = cls(edges, np.zeros((len(edges), N_DECILES)))
        counts = distributions.count(X).reshape(-1, N_BINS)
        return cls(edges, counts[:, 1:-1] / len(X))

    def find_bins(self, instance: NDArray[np.float64]) -> NDArray[np.int8]:
        """Return the bin of each value of one instance, 0 to N_BINS - 1, of shape (n_features,)."""
        exceeded = instance[:, np.newaxis] > self.edges
        bins: NDArray[np.int8] = np.add.reduce(exceeded, axis=1, dtype=np.int8)
        return bins

    def count(self, X: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return how many of the instances `X` are in each bin of each feature, of shape (n_features * N_BINS,)."""
        exceeding = np.zeros((N_BINS - 1, self.n_features), np.int64)
        for start in range(0, len(X), _STEP):
            exceeded = X[start : start + _STEP, np.newaxis, :] > self._edges_by_rank
            exceeding += np.add.reduce(exceeded, axis=0, dtype=np.uint8)
        counts = np.empty((self.n_features, N_BINS), np.int64)
        counts[:, 0] = len(X) - exceeding[0]
        counts[:, 1:-1] = (exceeding[:-1] - exceeding[1:]).T
        counts[:, -1] = exceeding[-1]
        return counts.ravel()

    def to_json(self, feature_names: Sequence[str]) -> dict[str, dict[str, list[float]]]:
        """Return the deciles and their shares by feature."""
        deciles = self.edges[:, 1:-1].tolist()
        return {
            name: {"deciles": values, "shares": shares}
            for name, values, shares in zip(feature_names, deciles, self.shares.tolist(), strict=True)
        }

    @classmethod
    def from_json(
        cls, document: Any, feature_names: Sequence[str], feature_ranges: Mapping[str, Mapping[str, float]]
    ) -> FeatureDistributions:
        """Return the distributions that `to_json` wrote. Raises `ValueError` where it is not of the format."""
        if not isinstance(document, dict) or document.keys() != set(feature_names):
            raise ValueError("'feature_distributions' must be an object with all features")
        rows = [document[name] for name in feature_names]
        if not all(isinstance(row, dict) and row.keys() == {"deciles", "shares"} for row in rows):
            raise ValueError("'feature_distributions' must give the deciles and the shares of each feature")
        deciles = _parse_table([row["deciles"] for row in rows], N_DECILES - 1)
        shares = _parse_shares([row["shares"] for row in rows], N_DECILES)
        limits = _parse_table([_get_limits(feature_ranges, name) for name in feature_names], 2)
        edges = _join_edges(limits[:, 0], deciles, limits[:, 1])
        if (edges[:, 1:] < edges[:, :-1]).any():
            raise ValueError("'feature_distributions' must have deciles that ascend within the training range")
        return cls(edges, shares)


@dataclass(frozen=True)
class TrainingDistributions:
    """How the features were distributed in training, and how often each class was predicted, shape (n_classes,)."""

    features: FeatureDistributions
    prediction_shares: NDArray[np.float64]


def parse_shares(document: Any, n_classes: int) -> NDArray[np.float64]:
    """Return the share of each class that `document` lists. Raises `ValueError`."""
    shares: NDArray[np.float64] = _parse_shares([document], n_classes)[0]
    return shares


def _join_edges(
    least: NDArray[np.float64], deciles: NDArray[np.float64], greatest: NDArray[np.float64]
) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):  # below the least number there is only infinity
        below = np.nextafter(least, -np.inf)
    edges: NDArray[np.float64] = np.column_stack([below, deciles, greatest])
    return edges


def _get_limits(feature_ranges: Mapping[str, Mapping[str, float]], name: str) -> list[Any]:
    limits = feature_ranges.get(name)
    return [limits.get("min"), limits.get("max")] if isinstance(limits, dict) else []


def _parse_table(rows: list[Any], n_columns: int) -> NDArray[np.float64]:
    for row in rows:
        if not isinstance(row, list) or len(row) != n_columns or not all(map(_is_finite_number, row)):
            raise ValueError(f"the training distributions must be lists of {n_columns} finite numbers")
    return np.array(rows, dtype=np.float64)


def _parse_shares(rows: list[Any], n_columns: int) -> NDArray[np.float64]:
    shares = _parse_table(rows, n_columns)
    if (shares < 0).any() or (np.abs(shares.sum(axis=1) - 1) > _ROUNDING).any():
        raise ValueError("the shares in training must not be negative, and must add up to 1")
    return shares


def _is_finite_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
