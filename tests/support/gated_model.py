"""A model of one's own that takes its time: each pass a while, and one for a gate for as long as that is closed."""

from __future__ import annotations

from pathlib import Path

from tests.support.model_with_code import publish_with_code

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
    gate = folder / "gate"
    addend = 1e-12 if answers_depend_on_batch else 0.0
    return publish_with_code(folder, "gated_code", _CODE, "Gated", str(gate), pass_seconds, addend), gate
