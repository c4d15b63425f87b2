"""Acceptance: a version is whole, trusted, of this scikit-learn, and answers as it did when it was trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.artifacts import AcceptancePolicy, Artifact, read_artifact
from app.model.trial import TRIAL_TIMEOUT_SECONDS, Measure, Outcome, Trial, replay


@dataclass(frozen=True)
class Acceptance:
    """An artifact that has passed every check, and what its trial has found."""

    artifact: Artifact
    outcome: Outcome

    @property
    def is_unusual(self) -> bool:
        """Whether there is more to say of it than one would expect."""
        return self.artifact.version_mismatch is not None

    def describe(self) -> str:
        """Return what the checks have found, as sentences."""
        artifact = self.artifact
        signature = "its signature is valid" if artifact.is_signature_verified else "no signature is asked for"
        found = (
            f"Version {artifact.metadata.version} is verified: every file is as the manifest says, {signature}, and it "
            f"answers its {len(artifact.golden)} golden rows as it did when it was trained."
        )
        mismatch = artifact.version_mismatch
        if mismatch is None:
            return found
        return (
            f"{found} It was made with scikit-learn {mismatch.trained_with} and is served with {mismatch.served_with}, "
            "as ALLOW_VERSION_MISMATCH=1 allows."
        )


def accept_version(
    artifact_dir: Path,
    version: str | None,
    policy: AcceptancePolicy,
    wait: Callable[[Trial], None] = lambda trial: None,
    measure: Measure = replay,
    timeout_seconds: float | None = TRIAL_TIMEOUT_SECONDS,
) -> Acceptance:
    """Return the artifact of `version`, by default of the current one, checked in full.

    Its files are verified, then a child process loads it and replays its golden rows, or does what `measure` does in
    place of that, within `timeout_seconds` if that is not `None`. `wait` is called meanwhile, and may do something else
    until the trial has ended. Raises `ArtifactError`. Whatever else is raised ends the trial.
    """
    # Nothing else refers to the artifact here: `wait` may fork workers, which need not keep it.
    trial = Trial(read_artifact(artifact_dir, version, policy), timeout_seconds, measure)
    try:
        wait(trial)
        outcome = trial.get_outcome()
    except BaseException:
        trial.cancel()
        raise
    return Acceptance(replace(trial.artifact, measured=outcome.measured), outcome)
