"""A model of one's own that takes its time: each pass a while, and one for a gate for as long as that is closed."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import training

PASS_SECONDS = 0.05
GATED_VALUE = 0.75
"""The first feature of a row that waits at the gate."""

_CODE = """
import os
import time

from sklearn.base import BaseEstimator, RegressorMixin


class Gated(RegressorMixin, BaseEstimator):
    def __init__(self, gate="", seconds=0.0, addend=0.0):
        self.gate, self.seconds, self.addend = gate, seconds, addend

    def fit(self, X, y):
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X):
        time.sleep(self.seconds)
        if (X[:, 0] == 0.75).any():
            wait_at_gate(self.gate)
        return X[:, 0] + self.addend * len({tuple(row) for row in X})


def wait_at_gate(path):
    while os.path.exists(path):
        time.sleep(0.01)
"""


def publish_gated_model(
    folder: Path, *, pass_seconds: float = PASS_SECONDS, answers_depend_on_batch: bool = False
) -> tuple[Path, Path]:
    """Publish a model in `folder`; return the folder of versions, and the gate: a file that rows wait for to go.

    Its answer is the first feature; where answers depend on the batch, a little more with each other row of that.
    """
    gate, module = folder / "gate", folder / "gated_code.py"
    module.write_text(_CODE)
    sys.path.insert(0, str(folder))
    sys.modules.pop("gated_code", None)
    try:
        from gated_code import Gated  # type: ignore[import-not-found]

        X = np.random.default_rng(0).uniform(0, 0.5, size=(40, 2))
        model = Gated(str(gate), pass_seconds, 1e-12 if answers_depend_on_batch else 0.0).fit(X, X[:, 0])
        training.publish(model, X, X[:, 0], artifact_dir=folder / "artifacts", version="gated", code=module)
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("gated_code", None)
    return folder / "artifacts", gate
