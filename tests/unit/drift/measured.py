"""Drift as the tests want it measured: none, but for what they change."""

from __future__ import annotations

import dataclasses

import numpy as np

from app.drift.psi import MIN_INSTANCES, Drift

NO_DRIFT = Drift(
    n_instances=MIN_INSTANCES,
    feature_names=["a", "b", "c"],
    psi=np.zeros(3),
    out_of_range=np.zeros(3),
    prediction_shares=np.array([0.4, 0.6]),
    expected_prediction_shares=np.array([0.4, 0.6]),
    prediction_psi=0.0,
)


def change(**changes: object) -> Drift:
    """Return `NO_DRIFT` with `changes`."""
    return dataclasses.replace(NO_DRIFT, **changes)  # type: ignore[arg-type]
