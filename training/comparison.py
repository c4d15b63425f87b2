"""The current version, measured on the same rows as the candidate that would replace it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.artifacts import (
    CURRENT_LINK,
    AcceptancePolicy,
    Artifact,
    ArtifactError,
    Metadata,
    find_version,
    read_link,
    read_metadata,
)
from app.model.acceptance import accept_version
from training.dataset import Dataset, Split
from training.evaluation import measure
from training.packing import build_pipeline


class NotComparable(Exception):
    """The current version cannot be measured on the data of the candidate; the message says why."""


@dataclass(frozen=True)
class Champion:
    """The current version and its metrics on the test part."""

    version: str
    metrics: dict[str, float]


def measure_champion(
    artifact_dir: Path, dataset: Dataset, split: Split, public_key: Ed25519PublicKey | None = None
) -> Champion | None:
    """Return how good the current version is on the test part of `split`, `None` where there is no current version.

    With `public_key` it must be signed by that. It is unpickled and asked in a child process, whatever its pickles do.
    Raises `NotComparable`.
    """
    try:
        if read_link(artifact_dir, CURRENT_LINK) is None:
            return None
        version = find_version(artifact_dir, None)
        _check_data(read_metadata(artifact_dir, version), dataset)
        policy = AcceptancePolicy(public_key, allow_version_mismatch=True)
        accepted = accept_version(artifact_dir, version, policy, measure=partial(_measure, split))
    except ArtifactError as error:
        raise NotComparable(str(error)) from error
    return Champion(version, accepted.outcome.measured)


def _measure(split: Split, artifact: Artifact) -> dict[str, float]:
    return measure(build_pipeline(*artifact.unpickle()), split.X_test, split.y_test)


def _check_data(metadata: Metadata, dataset: Dataset) -> None:
    if metadata.feature_names != dataset.feature_names:
        raise NotComparable(f"Version {metadata.version} has other features, or has them in another order.")
    if metadata.classes != dataset.classes:
        raise NotComparable(f"Version {metadata.version} has other classes, or has them in another order.")
