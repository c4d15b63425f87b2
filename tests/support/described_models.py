"""Publishes fitted models of any task with any table, without the trial, and loads them as a server would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.artifacts import Artifact, pack_artifact, read_artifact
from app.publishing.description import Provenance, describe_model
from app.publishing.models import FittedModel, split_model
from app.publishing.store import publish


def publish_fitted(
    artifact_dir: Path,
    model: Any,
    task: str,
    X: Any,
    *,
    classes: Sequence[Any] | None = None,
    targets: Sequence[str] = (),
    kinds: Mapping[str, str] = {},
) -> Artifact:
    """Publish a fitted `model` with its table as version `v` and return the artifact. Raises `NotPublishable`."""
    provenance = Provenance("a table", name_columns(X), {}, {"total": len(X)}, kinds)
    metadata, golden = describe_model("v", FittedModel(model, task, classes, targets), provenance, X, X, X)
    publish(artifact_dir, "v", pack_artifact(metadata, golden, *split_model(model)))
    return read_artifact(artifact_dir, "v")


def name_columns(X: Any) -> list[str]:
    """Return the names of the columns of a table."""
    if hasattr(X, "columns"):
        return list(map(str, X.columns))
    return [f"x{place}" for place in range(X.shape[1])] if isinstance(X, np.ndarray) and X.ndim == 2 else ["text"]
