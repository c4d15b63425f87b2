"""Why an artifact cannot be used."""

from __future__ import annotations


class ArtifactError(Exception):
    """An artifact cannot be used. The message says what is wrong and what to do."""


class ArtifactNotFound(ArtifactError):
    """There is no such artifact."""


class ArtifactCorrupt(ArtifactError):
    """The files of an artifact are not what its metadata says, or not what the format allows."""

    def __init__(self, version: str, fault: str) -> None:
        self.version = version
        self.fault = fault
        super().__init__(
            f"Artifact {version} is corrupt: {fault}. Publish it again with 'make train', "
            "or serve another version by setting MODEL_VERSION."
        )
