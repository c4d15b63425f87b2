"""The current version, measured on the same rows as the candidate that would replace it."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sklearn.pipeline import Pipeline

from app.artifacts import CURRENT_LINK, AcceptancePolicy, Artifact, ArtifactError, read_artifact, read_link
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
        artifact = read_artifact(artifact_dir, policy=AcceptancePolicy(public_key, allow_version_mismatch=True))
    except ArtifactError as error:
        raise NotComparable(str(error)) from error
    _check_data(artifact, dataset)
    return Champion(artifact.metadata.version, _measure_in_child(artifact, split))


def _measure_in_child(artifact: Artifact, split: Split) -> dict[str, float]:
    context = multiprocessing.get_context("fork")  # nothing has been fitted yet, so there are no threads
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_measure_and_send, args=(artifact, split, sender), daemon=True)
    child.start()
    sender.close()
    try:
        metrics, fault = json.loads(receiver.recv_bytes())  # not unpickled: a pickle may have sent it
    except (EOFError, ValueError):
        version = artifact.metadata.version
        metrics, fault = {}, f"Version {version} cannot be measured: it ends the process that tries."
    child.kill()  # it has nothing left to do, but a pickle may have left it a thread
    child.join()
    receiver.close()
    if fault:
        raise NotComparable(fault)
    measured: dict[str, float] = metrics
    return measured


def _measure_and_send(artifact: Artifact, split: Split, sender: Connection) -> None:
    try:
        pipeline = build_pipeline(*artifact.unpickle())
        _check_answers(artifact, pipeline)
        verdict: Any = measure(pipeline, split.X_test, split.y_test), None
    except (ArtifactError, NotComparable) as error:
        verdict = {}, str(error)
    except BaseException as error:  # whatever a pickle raises
        version = artifact.metadata.version
        verdict = {}, f"Version {version} cannot be measured ({type(error).__name__}: {error})."
    sender.send_bytes(json.dumps(verdict).encode())


def _check_data(artifact: Artifact, dataset: Dataset) -> None:
    metadata = artifact.metadata
    if metadata.feature_names != dataset.feature_names:
        raise NotComparable(f"Version {metadata.version} has other features, or has them in another order.")
    if metadata.classes != dataset.classes:
        raise NotComparable(f"Version {metadata.version} has other classes, or has them in another order.")


def _check_answers(artifact: Artifact, pipeline: Pipeline) -> None:
    """Raise `NotComparable` where the model does not answer as it did: another scikit-learn may have made it."""
    if not artifact.golden.matches(pipeline.predict_proba(artifact.golden.instances)):
        raise NotComparable(f"Version {artifact.metadata.version} no longer answers as it did when it was trained.")
