"""A large model, and how much memory the processes of a server hold of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from app.publishing.store import publish
from tests.support.running_server import RunningServer
from training.dataset import Dataset, Split
from training.packing import build_pipeline, pack

N_FEATURES = 8
# Twice the row itself, its class, its place in the tree, and its share of the tree.
BYTES_A_ROW = 152
N_DESCRIBED = 1000
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Memory:
    """Bytes of memory that a process has to itself, with its share of what it has in common with others, and at all."""

    private: int
    proportional: int
    resident: int


def publish_large_model(artifact_dir: Path, version: str, megabytes: int) -> None:
    """Publish a classifier that carries its training data, in a file of that size, and is quick to answer."""
    n_rows = megabytes * MEBIBYTE // BYTES_A_ROW
    random = np.random.default_rng(seed=1)
    X = random.normal(size=(n_rows, N_FEATURES))
    y = (X[:, 0] > 0).astype(np.int64)
    pipeline = build_pipeline(StandardScaler(), KNeighborsClassifier(algorithm="kd_tree")).fit(X, y)
    # Of all rows it would take minutes to predict how often each class is.
    few, few_y = X[:N_DESCRIBED], y[:N_DESCRIBED]
    dataset = Dataset("noise", few, few_y, [f"feature {index}" for index in range(N_FEATURES)], classes=["low", "high"])
    split = Split(X_train=few, X_test=X[:20], y_train=few_y, y_test=y[:20])
    publish(artifact_dir, version, pack(version, pipeline, dataset, split, metrics={}))


def read_memory(process: int) -> Memory:
    """Return how much memory a process holds."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    kibibytes = {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB$", text, re.MULTILINE)}
    private = kibibytes["Private_Clean"] + kibibytes["Private_Dirty"]
    return Memory(private * 1024, kibibytes["Pss"] * 1024, kibibytes["Rss"] * 1024)


def read_all_memory(server: RunningServer) -> dict[int, Memory]:
    """Return how much memory the master and each worker hold."""
    return {process: read_memory(process) for process in [server.process.pid, *server.list_workers()]}
