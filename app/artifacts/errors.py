"""Errors: why an artifact cannot be used."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_NO_RIGHT = os.strerror(errno.EACCES)
_REMEDY = "Publish it again with 'make train', or serve another version: 'make models' lists them."


class ArtifactError(Exception):
    """An artifact cannot be used. The message says what is wrong and what to do."""


class ArtifactNotFound(ArtifactError, FileNotFoundError):
    """There is no such artifact. It is what Python says of a missing file as well, for code that expects that."""


class ArtifactCorrupt(ArtifactError):
    """The files of an artifact are not what its metadata says, or not what the format allows."""

    def __init__(self, version: str, fault: str) -> None:
        self.version = version
        self.fault = fault
        super().__init__(f"Artifact {version} is corrupt: {fault}. {_REMEDY}")


class ArtifactUnreadable(ArtifactError):
    """The machine refuses to hand out a file or a folder of an artifact."""

    def __init__(self, version: str, name: str, reason: str) -> None:
        remedy = " Give the user that serves the right to read it." if reason == _NO_RIGHT else ""
        super().__init__(f"Artifact {version} cannot be read: {name}: {reason}.{remedy}")


class LibraryMissing(ArtifactError):
    """An artifact needs a library that is not installed."""

    def __init__(self, version: str, library: str, remedy: str) -> None:
        super().__init__(f"Artifact {version} needs {library}, which is not installed: {remedy}.")


class LinkRefused(ArtifactError):
    """A file or a folder of an artifact is a link that is not followed."""

    def __init__(self, version: str, name: str, artifact_dir: Path, where: str) -> None:
        super().__init__(
            f"Artifact {version} cannot be read: {name} is a symbolic link that leads {where}. "
            f"Copy the version into {artifact_dir} with what its links lead to, as 'cp -RL' does."
        )


class StorageUnsuitable(ArtifactError, OSError):
    """The storage of the folder of versions cannot do what publishing takes."""

    def __init__(self, artifact_dir: Path, step: str, reason: str) -> None:
        super().__init__(
            f"The storage of {artifact_dir} cannot {step} ({reason}), which publishing and promoting take. Set "
            "ARTIFACT_DIR to a folder on another file system, such as a local disk. What is copied from there can be "
            "served from here: MODEL_VERSION says which version, where no link 'current' can."
        )


class ArtifactUntrusted(ArtifactError):
    """An artifact is not signed with the key that is asked for."""

    def __init__(self, version: str, fault: str) -> None:
        super().__init__(
            f"Artifact {version} is not trusted: {fault}. Train it with SIGNING_KEY_FILE set to the private key that "
            "belongs to ARTIFACT_PUBLIC_KEY_FILE, or serve another version: 'make models' lists them."
        )


class KeyUnusable(ArtifactError):
    """A file that should hold an Ed25519 key does not."""

    def __init__(self, path: Path, kind: str, reason: str) -> None:
        super().__init__(f"{path} must be a file with {kind} in PEM, without a password: {reason}.")


class VersionMismatch(ArtifactError):
    """An artifact was made with another scikit-learn than the one that would serve it."""

    def __init__(self, version: str, trained_with: str, served_with: str) -> None:
        self.version = version
        self.trained_with = trained_with
        self.served_with = served_with
        super().__init__(
            f"Artifact {version} was made with scikit-learn {trained_with} and would be served with {served_with}, "
            f"which may answer otherwise. Train it again with {served_with}, install scikit-learn {trained_with}, "
            "or set ALLOW_VERSION_MISMATCH=1 to serve it if it passes its self-test."
        )


class NotPublishable(Exception):
    """A model, or the table that goes with it, cannot be served. The message says what is wrong and what to do."""
