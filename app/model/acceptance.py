"""Whether an artifact may be served: whole, trusted, of this scikit-learn, and answering as it did when trained."""

from __future__ import annotations

from typing import Any

from app.artifacts import Artifact, read_artifact
from app.model.trial import probe_artifact
from app.settings import Settings


def read_acceptable(settings: Settings, version: str | None = None) -> Artifact:
    """Return an artifact as the settings ask for it: by default the version that they name, else the current one.

    Everything is checked but what it takes to unpickle it. Raises `ArtifactError`.
    """
    wanted = settings.model_version if version is None else version
    return read_artifact(settings.artifact_dir, wanted, settings.build_policy())


def verify_version(settings: Settings, version: str) -> Artifact:
    """Return the artifact `version`, checked in full: a child process has loaded it and replayed its golden rows.

    Raises `ArtifactError`.
    """
    artifact = read_acceptable(settings, version)
    probe_artifact(artifact)
    return artifact


def log_verified(log: Any, artifact: Artifact) -> None:
    """Write to gunicorn's log what the checks have found; as a warning, where it is more than one would expect."""
    tell = log.warning if artifact.version_mismatch else log.info
    tell("%s", describe(artifact))


def describe(artifact: Artifact) -> str:
    """Return what the checks have found, as sentences."""
    signature = "its signature is valid" if artifact.is_signature_verified else "no signature is asked for"
    found = (
        f"Version {artifact.metadata.version} is verified: every file is as the manifest says, {signature}, and it "
        f"answers its {len(artifact.golden.labels)} golden rows as it did when it was trained."
    )
    mismatch = artifact.version_mismatch
    if mismatch is None:
        return found
    return (
        f"{found} It was made with scikit-learn {mismatch.trained_with} and is served with {mismatch.served_with}, "
        "as ALLOW_VERSION_MISMATCH=1 allows."
    )
