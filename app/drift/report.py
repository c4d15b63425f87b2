"""How far what the model sees has moved from what it was trained on, and in plain words what that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# From here on a population is commonly said to have shifted; below 0.1, not to have.
PSI_LIMIT = 0.2
OUT_OF_RANGE_LIMIT = 0.05
# With fewer instances chance alone moves the index: by (bins - 1) / instances on average.
MIN_INSTANCES = 500
# The same for the predicted classes, of which there may be far more than parts of a feature.
MIN_INSTANCES_A_CLASS = 50

_MOST_NAMED = 5
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
        """Whether there are enough instances to tell drift from chance."""
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

    def describe(self) -> str:
        """Return the verdict in plain words."""
        if not self.is_meaningful:
            return f"Too few instances to tell: {self.n_instances} in the window, and {MIN_INSTANCES} are needed."
        drifted = [name for name, has in zip(self.feature_names, self.have_drifted, strict=True) if has]
        sentences = [_describe_features(drifted, len(self.feature_names))]
        if self.have_predictions_drifted:
            sentences.append("The classes are predicted in other shares than in training.")
        return " ".join(sentences)


def describe_drift(version: str, drift: Drift | None, window_hours: int) -> dict[str, Any]:
    """Return what is said of the drift of `version` as JSON-ready values; `None` is for one that cannot be watched."""
    document: dict[str, Any] = {"model_version": version, "window_hours": window_hours, "min_instances": MIN_INSTANCES}
    if drift is None:
        verdict = "This version does not know its training distributions: publish a new one to have its input watched."
        return {**document, "verdict": verdict, "n_instances": 0, "drifted": [], "features": [], "predictions": None}
    drifted = drift.have_drifted.tolist()
    psi = drift.psi.tolist() if drift.is_meaningful else [None] * len(drifted)
    return {
        **document,
        "verdict": drift.describe(),
        "n_instances": drift.n_instances,
        "drifted": [name for name, has in zip(drift.feature_names, drifted, strict=True) if has],
        "features": [
            {"name": name, "psi": index, "out_of_range_share": share, "drifted": has}
            for name, index, share, has in zip(
                drift.feature_names, psi, drift.out_of_range.tolist(), drifted, strict=True
            )
        ],
        "predictions": {
            "psi": drift.prediction_psi if drift.are_predictions_meaningful else None,
            "shares": drift.prediction_shares.tolist(),
            "expected_shares": drift.expected_prediction_shares.tolist(),
            "drifted": drift.have_predictions_drifted,
        },
    }


def measure_psi(shares: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the population stability index over the last axis: the sum of (share - expected) ln(share / expected).

    N. Siddiqi, Credit Risk Scorecards, 2006; it is the symmetrised Kullback-Leibler divergence.
    """
    actual, reference = np.maximum(shares, _LEAST_SHARE), np.maximum(expected, _LEAST_SHARE)
    index: NDArray[np.float64] = ((actual - reference) * np.log(actual / reference)).sum(axis=-1)
    return index


def _describe_features(drifted: list[str], n_features: int) -> str:
    if not drifted:
        return f"None of the {n_features} features has drifted from the training data."
    verb = "has" if len(drifted) == 1 else "have"
    names = ", ".join(repr(name) for name in drifted[:_MOST_NAMED])
    more = f" and {len(drifted) - _MOST_NAMED} more" if len(drifted) > _MOST_NAMED else ""
    return f"{len(drifted)} of the {n_features} features {verb} drifted from the training data: {names}{more}."
