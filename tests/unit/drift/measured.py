"""Drift as the tests want it measured: none, but for what they change."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.columns.distributions import N_PARTS
from app.drift.psi import MIN_INSTANCES, Drift, Expected

TENTHS = np.array([*[0.1] * N_PARTS, 0.0])
"""The shares of a feature on a line: its deciles, and no missing value."""


def expect(
    feature_names: Sequence[str] = ("a", "b", "c"),
    feature_shares: NDArray[np.float64] | None = None,
    prediction_shares: Sequence[float] = (0.4, 0.6),
    n_parts: Sequence[int] | None = None,
    feature_values: Sequence[Sequence[str] | None] | None = None,
) -> Expected:
    """Return what training leads one to expect: deciles of numbers and two classes, but for what is given."""
    return Expected(
        feature_names=feature_names,
        feature_shares=np.tile(TENTHS, (len(feature_names), 1)) if feature_shares is None else feature_shares,
        prediction_shares=np.array(prediction_shares),
        n_parts=n_parts or (len(prediction_shares),),
        part_names=tuple(map(str, range(len(prediction_shares)))),
        feature_values=feature_values or [None] * len(feature_names),
    )


NO_DRIFT = Drift(
    n_instances=MIN_INSTANCES,
    expected=expect(),
    psi=np.zeros(3),
    out_of_range=np.zeros(3),
    feature_shares=np.tile(TENTHS, (3, 1)),
    prediction_shares=np.array([0.4, 0.6]),
    prediction_psi=0.0,
)


def change(**changes: object) -> Drift:
    """Return `NO_DRIFT` with `changes`."""
    return dataclasses.replace(NO_DRIFT, **changes)  # type: ignore[arg-type]
