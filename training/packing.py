"""From a fitted pipeline to the content of an artifact: its metadata, its golden rows, its files."""

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

from app.artifacts import FeatureDistributions, Golden, Metadata, pack_artifact
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
        feature_ranges=_measure_ranges(dataset.feature_names, split.X_train),
        feature_distributions=FeatureDistributions.measure(split.X_train).to_json(dataset.feature_names),
        prediction_shares=_measure_prediction_shares(pipeline, split.X_train),
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
    transformed = pipeline["preprocessor"].transform(instances)
    estimator = pipeline["estimator"]
    labels = np.searchsorted(estimator.classes_, estimator.predict(transformed))
    return Golden(instances, labels, estimator.predict_proba(transformed))


def _measure_ranges(feature_names: list[str], X: NDArray[np.float64]) -> dict[str, dict[str, float]]:
    limits = zip(X.min(axis=0).tolist(), X.max(axis=0).tolist(), strict=True)
    return {name: {"min": low, "max": high} for name, (low, high) in zip(feature_names, limits, strict=True)}


def _measure_prediction_shares(pipeline: Pipeline, X: NDArray[np.float64]) -> list[float]:
    predicted = pipeline.predict(X)
    return [float(np.mean(predicted == label)) for label in pipeline["estimator"].classes_]


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
