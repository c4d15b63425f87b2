"""Packing: from a fitted pipeline to the content of an artifact: its metadata, its golden rows, its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sklearn.pipeline import Pipeline

from app.artifacts import pack_artifact
from app.publishing.description import Provenance, describe_model
from app.publishing.models import FittedModel, split_model
from training.dataset import Dataset, Split

Metrics = dict[str, dict[str, float]]


def build_pipeline(preprocessor: Any, estimator: Any) -> Pipeline:
    """Return the two as one pipeline."""
    return Pipeline([("preprocessor", preprocessor), ("estimator", estimator)])


def pack(
    version: str,
    pipeline: Pipeline,
    dataset: Dataset,
    split: Split,
    metrics: Metrics,
    signing_key: Ed25519PrivateKey | None = None,
    kinds: Mapping[str, str] = {},
) -> dict[str, bytes]:
    """Return the files of the artifact of a fitted `pipeline`; signed, if with a key.

    `kinds` overrules what is found in the data, by column. Raises `NotPublishable`.
    """
    fitted = FittedModel(pipeline, dataset.task, dataset.classes or None, dataset.targets)
    sample_counts = {"train": len(split.X_train), "test": len(split.X_test), "total": len(dataset.X)}
    provenance = Provenance(dataset.name, dataset.feature_names, metrics, sample_counts, kinds)
    unseen = split.X_test if len(split.X_test) else split.X_train
    metadata, golden = describe_model(version, fitted, provenance, dataset.X, split.X_train, unseen)
    return pack_artifact(metadata, golden, *split_model(pipeline), signing_key)
