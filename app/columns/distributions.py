"""Distributions of the features in training, with which a service compares its input."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.columns.column import Column

N_PARTS = 10
# Below the training range or not seen in training, its ten parts, above the range, missing.
N_BINS = N_PARTS + 3
ABOVE_BIN, MISSING_BIN = N_BINS - 2, N_BINS - 1

# How far shares may be from adding up to 1.
_ROUNDING = 1e-6
# So many instances are compared with all edges at once: their number fits into a byte, which is fastest to add up.
_STEP = 255

Document = dict[str, list[float]]
"""What metadata keep of one feature: the share of each of its values, or of its deciles, and of missing values."""


class FeatureDistributions:
    """For each feature the limits of its parts, and the share of each.

    A feature on a line, as a number is, has as parts its deciles, within the training range. One that has values from a
    list has these as parts; where there are more than ten, the nine most frequent and the rest. All are compared as the
    numbers that a table makes of them.

    first_bins : where each feature's bins begin in what `count` returns, shape (n_features,);
    edges : shape (n_features, 11), what a value must exceed to be in the next bin; shares : shape (n_features, 11), of
    the ten parts and of missing values. The share of a decile is a tenth but for values that are frequent.
    """

    def __init__(
        self,
        edges: NDArray[np.float64],
        shares: NDArray[np.float64],
        parts: Mapping[int, NDArray[np.float64]] = {},
        have_gaps: bool = True,
    ) -> None:
        """`parts` gives, for features of more values than there are parts, the part of each value.

        `have_gaps` says whether any value may be missing.
        """
        self.edges = edges
        self.shares = shares
        self._parts = parts
        self._have_gaps = have_gaps
        self._edges_by_rank = np.ascontiguousarray(edges.T)
        self.first_bins = np.arange(len(edges)) * N_BINS

    @property
    def n_features(self) -> int:
        """How many features there are."""
        return len(self.edges)

    def find_bins(self, instance: NDArray[np.float64]) -> NDArray[np.int8]:
        """Return the bin of each value of one instance, 0 to N_BINS - 1, of shape (n_features,)."""
        if self._parts:
            instance = self._find_parts(instance[np.newaxis])[0]
        exceeded = instance[:, np.newaxis] > self.edges
        bins: NDArray[np.int8] = np.add.reduce(exceeded, axis=1, dtype=np.int8)
        if self._have_gaps:
            bins[np.isnan(instance)] = MISSING_BIN
        return bins

    def count(self, X: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return how many of the instances `X` are in each bin of each feature, of shape (n_features * N_BINS,)."""
        X = self._find_parts(X) if self._parts else X
        exceeding = np.zeros((N_PARTS + 1, self.n_features), np.int64)
        for start in range(0, len(X), _STEP):
            exceeded = X[start : start + _STEP, np.newaxis, :] > self._edges_by_rank
            exceeding += np.add.reduce(exceeded, axis=0, dtype=np.uint8)
        counts = np.empty((self.n_features, N_BINS), np.int64)
        n_missing = np.isnan(X).sum(axis=0) if self._have_gaps else np.zeros(self.n_features, np.int64)
        counts[:, 0] = len(X) - exceeding[0] - n_missing
        counts[:, 1:-2] = (exceeding[:-1] - exceeding[1:]).T
        counts[:, -2] = exceeding[-1]
        counts[:, MISSING_BIN] = n_missing
        return counts.ravel()

    def _find_parts(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        found = X.copy()
        for column, parts in self._parts.items():
            is_known = X[:, column] >= 0
            found[is_known, column] = parts[X[is_known, column].astype(np.intp)]
        return found

    @classmethod
    def from_json(
        cls, document: Any, columns: Sequence[Column], feature_ranges: Mapping[str, Mapping[str, float]]
    ) -> FeatureDistributions:
        """Return the distributions of these columns. Raises `ValueError` where `document` is not of the format."""
        names = [column.name for column in columns]
        if not isinstance(document, dict) or document.keys() != set(names):
            raise ValueError("'feature_distributions' must be an object with all features")
        edges = np.empty((len(columns), N_PARTS + 1))
        shares = np.zeros((len(columns), N_PARTS + 1))
        parts: dict[int, NDArray[np.float64]] = {}
        for place, column in enumerate(columns):
            of_column = document[column.name]
            _check_keys(of_column, column, feature_ranges)
            if column.n_values is None:
                edges[place], shares[place] = _parse_line(of_column, feature_ranges.get(column.name))
                continue
            edges[place] = np.arange(N_PARTS + 1) - 0.5
            shares[place], parts_of_values = _parse_values(of_column, column.n_values)
            if column.n_values > N_PARTS:
                parts[place] = parts_of_values
        return cls(edges, shares, parts, any(column.missing for column in columns))


def measure_distribution(column: Column, numbers: NDArray[np.float64]) -> Document:
    """Return what metadata keep of the distribution of the training values, of shape (n_instances,), as numbers."""
    missing = float(np.isnan(numbers).mean())
    document = _measure_values(numbers, column.n_values) if column.n_values is not None else _measure_line(numbers)
    if column.n_values is None and column.is_numeric:
        document.pop("limits")  # those of the numbers themselves are kept as the feature's range
    return {**document, "missing": [missing]} if column.missing else document


def _measure_values(numbers: NDArray[np.float64], n_values: int) -> Document:
    present = numbers[~np.isnan(numbers)].astype(np.intp)
    return {"shares": (np.bincount(present, minlength=n_values) / len(numbers)).tolist()}


def _measure_line(numbers: NDArray[np.float64]) -> Document:
    present = numbers[~np.isnan(numbers)]
    if not present.size:
        return {"deciles": [0.0] * (N_PARTS - 1), "shares": [0.0] * N_PARTS, "limits": [0.0, 0.0]}
    # Each decile is a value that occurs, so that equal values fall into one bin.
    deciles = np.quantile(present, np.arange(1, N_PARTS) / N_PARTS, method="inverted_cdf")
    limits = [float(present.min()), float(present.max())]
    edges = _join_edges(limits, deciles)
    counts = FeatureDistributions(edges[np.newaxis], np.zeros((1, N_PARTS + 1))).count(present[:, np.newaxis])
    return {"deciles": deciles.tolist(), "shares": (counts[1:-2] / len(numbers)).tolist(), "limits": limits}


def _join_edges(limits: Sequence[float], deciles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the edges of a line: just below the least training value, the nine deciles, the greatest one."""
    with np.errstate(over="ignore"):  # below the least number there is only infinity
        below = np.nextafter(limits[0], -np.inf)
    return np.array([below, *deciles, limits[1]])


def _check_keys(document: Any, column: Column, feature_ranges: Mapping[str, Any]) -> None:
    expected = {"shares"} if column.n_values is not None else {"deciles", "shares"}
    if column.n_values is None and not column.is_numeric:
        expected.add("limits")
    if column.missing:
        expected.add("missing")
    if not isinstance(document, dict) or document.keys() != expected:
        raise ValueError("'feature_distributions' must give the deciles and the shares of each feature")


def _parse_line(document: Document, extent: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the edges and the shares of a feature on a line."""
    deciles = parse_numbers(document["deciles"], N_PARTS - 1)
    limits: Any = document.get("limits")
    if limits is None:
        limits = [extent.get("min"), extent.get("max")] if isinstance(extent, dict) else []
    edges = _join_edges(parse_numbers(limits, 2).tolist(), deciles)
    if (edges[1:] < edges[:-1]).any():
        raise ValueError("'feature_distributions' must have deciles that ascend within the training range")
    return edges, _parse_shares_and_missing(document, N_PARTS)


def _parse_values(document: Document, n_values: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the shares of the ten parts and of missing values, and the part of each value."""
    shares = _parse_shares_and_missing(document, n_values)
    parts = np.arange(n_values, dtype=np.float64)
    if n_values > N_PARTS:
        by_frequency = np.argsort(-shares[:-1], kind="stable")
        parts[by_frequency] = np.minimum(np.arange(n_values), N_PARTS - 1)
    of_parts = np.zeros(N_PARTS + 1)
    np.add.at(of_parts, parts.astype(np.intp), shares[:-1])
    of_parts[-1] = shares[-1]
    return of_parts, parts


def _parse_shares_and_missing(document: Document, n_parts: int) -> NDArray[np.float64]:
    shares = parse_numbers(document["shares"], n_parts)
    missing = parse_numbers(document.get("missing", [0.0]), 1)
    return check_shares(np.concatenate([shares, missing]))


def parse_numbers(values: Any, n_numbers: int) -> NDArray[np.float64]:
    """Return a list of so many finite numbers. Raises `ValueError`."""
    if not isinstance(values, list) or len(values) != n_numbers or not all(map(_is_finite_number, values)):
        raise ValueError(f"the training distributions must be lists of {n_numbers} finite numbers")
    return np.array(values, dtype=np.float64)


def check_shares(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `shares`, which must not be negative and add up to 1. Raises `ValueError`."""
    if (shares < 0).any() or abs(shares.sum() - 1) > _ROUNDING:
        raise ValueError("the shares in training must not be negative, and must add up to 1")
    return shares


def _is_finite_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
