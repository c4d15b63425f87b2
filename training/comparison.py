"""The current version, measured on the same rows as the candidate that would replace it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.artifacts import CURRENT_LINK, AcceptancePolicy, Artifact, ArtifactError, read_link
from app.model.acceptance import accept_version
from app.model.model import Model
from app.model.trial import TrialCutShort
from app.outputs.output import are_close
from app.publishing.models import join_model
from training.dataset import Dataset, Split
from training.evaluation import measure


class NotComparable(ArtifactError):
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

    With `public_key` it must be signed by that. It is unpickled and asked in a child process, whatever its pickles do,
    and has as long as it needs. Where no rows are left to test on, there are no metrics. Raises `NotComparable`.
    """
    policy = AcceptancePolicy(public_key, allow_version_mismatch=True)
    measure_version = partial(_measure, dataset, split)
    try:
        if read_link(artifact_dir, CURRENT_LINK) is None:
            return None
        # Nothing has been fitted yet, so there are no threads.
        accepted = accept_version(artifact_dir, None, policy, measure=measure_version, timeout_seconds=None)
    except TrialCutShort as error:
        raise NotComparable(f"Version {error.version} cannot be measured: it ends the process that tries.") from error
    except ArtifactError as error:
        raise NotComparable(str(error)) from error
    return Champion(accepted.artifact.metadata.version, accepted.outcome.measured)


def _measure(dataset: Dataset, split: Split, artifact: Artifact) -> dict[str, float]:
    _check_data(artifact, dataset)
    try:
        _check_answers(artifact)
        pipeline = join_model(*artifact.unpickle())
        return measure(pipeline, split.X_test, split.y_test, split.task, split.targets)
    except ArtifactError:
        raise
    except BaseException as error:  # whatever a pickle raises
        version = artifact.metadata.version
        raise NotComparable(f"Version {version} cannot be measured ({type(error).__name__}: {error}).") from error


def _check_data(artifact: Artifact, dataset: Dataset) -> None:
    metadata = artifact.metadata
    if metadata.task != dataset.task:
        raise NotComparable(f"Version {metadata.version} is of another task: {metadata.task}, not {dataset.task}.")
    if metadata.feature_names != dataset.feature_names:
        raise NotComparable(f"Version {metadata.version} has other features, or has them in another order.")
    if metadata.classes != dataset.classes:
        raise NotComparable(f"Version {metadata.version} has other classes, or has them in another order.")
    if "test" not in metadata.metrics:
        raise NotComparable(
            f"Version {metadata.version} was published as it had been fitted, perhaps to the rows that it would be "
            "tested on."
        )


def _check_answers(artifact: Artifact) -> None:
    """Raise `NotComparable` where the model does not answer as it did: another scikit-learn may have made it."""
    version, golden = artifact.metadata.version, artifact.golden
    model = Model(artifact)
    answers = model.answer(model.columns.check_matrix(golden.instances))
    evidence = [name for name in model.output.arrays if name != "labels"] or ["labels"]
    if not all(are_close(answers.arrays[name], golden.arrays[name]) for name in evidence):
        raise NotComparable(f"Version {version} no longer answers as it did when it was trained.")
