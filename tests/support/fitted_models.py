"""Describes and packs small fitted models for the tests, with the code that publishes real ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from app.artifacts import Artifact, Golden, Metadata, pack_artifact, read_artifact
from app.publishing.description import Provenance, describe_model
from app.publishing.models import FittedModel, split_model
from app.publishing.store import publish

NAMES = ["a", "b", "c"]


def make_numbers(n_rows: int = 60) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return rows of three numbers, and which of two classes each is of."""
    X = np.random.default_rng(0).normal(size=(n_rows, len(NAMES)))
    return X, (X[:, 0] + X[:, 1] > 0).astype(np.int64)


def fit_small_model() -> Any:
    """Return a small classifier, fitted."""
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(*make_numbers())


def describe_small(model: Any, version: str = "v1") -> tuple[Metadata, Golden]:
    """Return the metadata and the golden rows of a model that was fitted to `make_numbers`."""
    X, _ = make_numbers()
    provenance = Provenance("numbers", NAMES, {}, {"total": len(X)})
    return describe_model(version, FittedModel(model, "classification"), provenance, X, X, X)


def pack_small(
    model: Any | None = None,
    version: str = "v1",
    code: Mapping[str, bytes] | None = None,
    libraries: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """Return the files of a version of a model that was fitted to `make_numbers`."""
    model = fit_small_model() if model is None else model
    metadata, golden = describe_small(model, version)
    metadata.library_versions.update(libraries or {})
    return pack_artifact(metadata, golden, *split_model(model), code=code or {})


def publish_files(artifact_dir: Path, files: dict[str, bytes], version: str = "v1") -> Artifact:
    """Publish the files of a version and return its artifact."""
    publish(artifact_dir, version, files)
    return read_artifact(artifact_dir, version)
