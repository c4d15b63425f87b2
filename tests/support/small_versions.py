"""Publishes one small model under many names, without training it again, for tests of what is done with versions."""

from __future__ import annotations

import fcntl
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.artifacts import Artifact, pack_artifact
from app.publishing.store import publish


def publish_copy(
    artifact_dir: Path,
    artifact: Artifact,
    version: str,
    signing_key: Ed25519PrivateKey | None = None,
    **changes: Any,
) -> None:
    """Publish the model of `artifact` as `version`, which becomes the current one, with `changes` of its metadata."""
    metadata = replace(artifact.metadata, version=version, **changes)
    publish(artifact_dir, version, pack_artifact(metadata, artifact.golden, *artifact.unpickle(), signing_key))


def read_links(artifact_dir: Path) -> tuple[str | None, str | None]:
    """Return where the links to the current version and to the previous one lead."""
    links = [artifact_dir / name for name in ("current", ".previous")]
    current, previous = (str(link.readlink()) if link.is_symlink() else None for link in links)
    return current, previous


def is_locked(artifact_dir: Path) -> bool:
    """Return whether anybody holds the lock of the folder."""
    with (artifact_dir / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
