"""Packing: from a fitted pipeline to the content of an artifact: its metadata, its golden rows, its files."""

from __future__ import annotations

from collections.abc import Mapping
from pickle import PicklingError
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sklearn.pipeline import Pipeline

from app.artifacts import pack_artifact
from app.artifacts.errors import NotPublishable
from app.publishing.description import Provenance, describe_model
from app.publishing.models import FittedModel, split_model
from training.dataset import Dataset, Split
from training.own_code import Code
from training.tasks import CLASSIFICATION, MULTIOUTPUT

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
    code: Code = {},
) -> dict[str, bytes]:
    """Return the files of the artifact of a fitted `pipeline`; signed, if with a key.

    `kinds` overrules what is found in the data, by column; `code` are the files of the pipeline's own classes.

    Raises `NotPublishable`.
    """
    fitted = FittedModel(pipeline, dataset.task, _name_classes(pipeline, dataset), dataset.targets)
    sample_counts = {"train": len(split.X_train), "test": len(split.X_test), "total": len(dataset.X)}
    provenance = Provenance(dataset.name, dataset.feature_names, metrics, sample_counts, kinds)
    unseen = split.X_test if len(split.X_test) else split.X_train
    metadata, golden = describe_model(version, fitted, provenance, dataset.X, split.X_train, unseen)
    try:
        return pack_artifact(metadata, golden, *split_model(pipeline), signing_key, code)
    except (PicklingError, TypeError, AttributeError) as error:
        raise NotPublishable(
            f"Nothing was published: the fitted pipeline cannot be pickled ({error}). What it keeps of its fit must be "
            "of classes and functions at the top of a module."
        ) from error


def _name_classes(pipeline: Any, dataset: Dataset) -> list[Any] | None:
    """Return what the classes of a fitted pipeline are called, where they are not called what they are.

    There may be fewer than in the data: of a class whose rows are all tested on, none is learnt.
    """
    learnt = getattr(pipeline, "classes_", None)
    if dataset.task == MULTIOUTPUT:
        return [np.asarray(each).tolist() for each in learnt] if isinstance(learnt, list) else dataset.classes
    if dataset.task != CLASSIFICATION or dataset.classes == dataset.own_classes:
        return None
    names = dict(zip(dataset.own_classes, dataset.classes, strict=True))
    return [names[each] for each in np.asarray(learnt).tolist()]
