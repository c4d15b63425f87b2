"""Packing: from a fitted pipeline to the content of an artifact: its metadata, its golden rows, its files."""

from __future__ import annotations

import math
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from app.artifacts import Golden, Metadata, pack_artifact
from app.columns.number import NumberColumn
from app.outputs.classes import ClassOutput
from training.dataset import Dataset, Split

N_GOLDEN_ROWS = 20

Metrics = dict[str, dict[str, float]]


def build_pipeline(preprocessor: Any, estimator: Any) -> Pipeline:
    """Return the two as one pipeline, under the names by which `pack` finds them again."""
    return Pipeline([("preprocessor", preprocessor), ("estimator", estimator)])


def pack(
    version: str,
    pipeline: Pipeline,
    dataset: Dataset,
    split: Split,
    metrics: Metrics,
    signing_key: Ed25519PrivateKey | None = None,
) -> dict[str, bytes]:
    """Return the files of the artifact of a fitted `pipeline`, which `build_pipeline` made; signed, if with a key."""
    metadata = _build_metadata(version, pipeline, dataset, split, metrics)
    golden = _build_golden(pipeline, split.X_test)
    return pack_artifact(metadata, golden, pipeline["preprocessor"], pipeline["estimator"], signing_key)


def create_version_name() -> str:
    """Return a name for a version made now: its time in UTC, to the millisecond."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"[:-3] + "Z"


def _build_metadata(version: str, pipeline: Pipeline, dataset: Dataset, split: Split, metrics: Metrics) -> Metadata:
    columns = [NumberColumn(name) for name in dataset.feature_names]
    training_columns = list(zip(columns, split.X_train.T, strict=True))
    labels = _predict_indices(pipeline, split.X_train)
    return Metadata(
        version=version,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        git_commit=_find_git_commit(),
        dataset=dataset.name,
        feature_names=dataset.feature_names,
        classes=dataset.classes,
        preprocessor=_name_type(pipeline["preprocessor"]),
        estimator=_name_type(pipeline["estimator"]),
        hyperparameters=_to_json_values(pipeline["estimator"].get_params()),
        sample_counts={"train": len(split.X_train), "test": len(split.X_test), "total": len(dataset.X)},
        metrics=metrics,
        feature_ranges={column.name: column.measure_range(values) for column, values in training_columns},
        feature_distributions={column.name: column.measure_distribution(values) for column, values in training_columns},
        prediction_shares=ClassOutput(len(pipeline.classes_)).measure_shares(labels),
        library_versions={
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
            "joblib": joblib.__version__,
        },
    )


def _build_golden(pipeline: Pipeline, X: NDArray[np.float64]) -> Golden:
    """Return rows of `X` spread over its length, with the answers of the estimator itself."""
    instances = X[np.linspace(0, len(X) - 1, num=min(N_GOLDEN_ROWS, len(X)), dtype=int)]
    return Golden(instances, _predict_indices(pipeline, instances), pipeline.predict_proba(instances))


def _predict_indices(pipeline: Pipeline, X: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the index of the class that is predicted for each row of `X`."""
    indices: NDArray[np.int64] = np.searchsorted(pipeline.classes_, pipeline.predict(X))
    return indices


def _find_git_commit() -> str | None:
    """Return the commit that the pipeline names, else the one checked out: `-dirty` where files differ from it."""
    if named := os.environ.get("CI_COMMIT_SHA"):
        return named
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def _name_type(estimator: Any) -> str:
    return f"{type(estimator).__module__}.{type(estimator).__qualname__}"


def _to_json_values(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: value if _is_plain(value) else repr(value) for name, value in sorted(parameters.items())}


def _is_plain(value: Any) -> bool:
    if isinstance(value, int):
        return -(2**63) <= value < 2**64  # what JSON parsers commonly hold
    return isinstance(value, (str, type(None))) or (isinstance(value, float) and math.isfinite(value))
