"""The threads that libraries compute with: those of a worker's share of the processors."""

from __future__ import annotations

import sys
from ast import literal_eval
from pathlib import Path

import joblib
import numpy as np
import pytest
import requests

import training
from tests.support.running_server import COLD, DEADLINE_SECONDS, run_server

# A model that writes down, when it is asked, how many threads each library would use.
RECORDER = """
import os

import threadpoolctl
from sklearn.base import BaseEstimator, RegressorMixin


class Recorder(RegressorMixin, BaseEstimator):
    def __init__(self, path=""):
        self.path = path

    def fit(self, X, y):
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X):
        counts = {each["user_api"]: each["num_threads"] for each in threadpoolctl.threadpool_info()}
        with open(self.path, "a") as file:
            print(counts, file=file)
        return X[:, 0] * 1.0
"""


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Publish such a model in `tmp_path`, and return the file that it writes."""
    (tmp_path / "recording_threads.py").write_text(RECORDER)
    monkeypatch.syspath_prepend(tmp_path)
    from recording_threads import Recorder  # type: ignore[import-not-found]

    X = np.random.default_rng(0).normal(size=(40, 2))
    fitted = Recorder(str(tmp_path / "counts")).fit(X, X[:, 0])
    training.publish(fitted, X, X[:, 0], artifact_dir=tmp_path / "artifacts", code=tmp_path / "recording_threads.py")
    del sys.modules["recording_threads"]
    return tmp_path / "counts"


@pytest.mark.parametrize(
    ("n_workers", "environment", "n_threads"),
    [(joblib.cpu_count(), {}, 1), (1, {}, joblib.cpu_count()), (1, dict.fromkeys(("OMP", "OPENBLAS"), "3"), 3)],
    ids=["a worker for each", "one worker", "as the environment says"],
)
def test_a_worker_computes_in_its_share_of_the_processors(
    record: Path, tmp_path: Path, n_workers: int, environment: dict[str, str], n_threads: int
) -> None:
    said = {f"{library}_NUM_THREADS": count for library, count in environment.items()}
    with run_server(tmp_path / "artifacts", tmp_path, COLD, WEB_CONCURRENCY=str(n_workers), **said) as server:
        record.write_text("")
        answer = requests.post(f"{server.url}/predict", json={"features": [0.5, 1]}, timeout=DEADLINE_SECONDS)
        assert answer.json()["value"] == 0.5
    # More than one, where the last worker still asks for its golden rows.
    written = [literal_eval(line) for line in record.read_text().splitlines()]
    assert written and all(counts == {"blas": n_threads, "openmp": n_threads} for counts in written)
