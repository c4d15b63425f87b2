"""From the files of an artifact to a verified artifact in memory."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib

from app.artifacts.errors import ArtifactCorrupt
from app.artifacts.format import (
    GOLDEN_FILE,
    MANIFEST_FILES,
    METADATA_FILE,
    MODEL_FILE,
    PREPROCESSOR_FILE,
    FileDigest,
    Golden,
    Metadata,
)
from app.artifacts.versions import find_version


@dataclass(frozen=True)
class Artifact:
    """A verified artifact, in memory: nothing on disk can change it any more."""

    metadata: Metadata
    golden: Golden
    preprocessor_bytes: bytes
    model_bytes: bytes

    def unpickle(self) -> tuple[Any, Any]:
        """Return the fitted preprocessor and estimator. Runs the pickles' code: only ever call it on verified bytes.

        Raises `ArtifactCorrupt` when either cannot be unpickled.
        """
        return (
            self._unpickle(PREPROCESSOR_FILE, self.preprocessor_bytes),
            self._unpickle(MODEL_FILE, self.model_bytes),
        )

    def _unpickle(self, name: str, content: bytes) -> Any:
        try:
            return joblib.load(io.BytesIO(content))
        except Exception as error:  # an unpickler can raise anything
            fault = f"{name} cannot be unpickled ({type(error).__name__}: {error})"
            raise ArtifactCorrupt(self.metadata.version, fault) from error


def read_artifact(artifact_dir: Path, version: str | None = None) -> Artifact:
    """Return the artifact of `version` (by default the current one), each file checked against the manifest.

    Raises `ArtifactNotFound` or `ArtifactCorrupt`. Nothing is unpickled.
    """
    version = find_version(artifact_dir, version)
    folder = artifact_dir / version
    metadata = _read_metadata(folder, version)
    content = {name: _read_verified(folder / name, metadata) for name in sorted(MANIFEST_FILES)}
    try:
        golden = Golden.from_json(json.loads(content[GOLDEN_FILE]))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ArtifactCorrupt(version, f"{GOLDEN_FILE} is not of the format ({error})") from error
    if golden.instances.shape[1] != len(metadata.feature_names):
        raise ArtifactCorrupt(version, f"{GOLDEN_FILE} and {METADATA_FILE} disagree on the number of features")
    return Artifact(metadata, golden, content[PREPROCESSOR_FILE], content[MODEL_FILE])


def _read_metadata(folder: Path, version: str) -> Metadata:
    try:
        metadata = Metadata.from_json(json.loads(_read_file(folder / METADATA_FILE, version)))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ArtifactCorrupt(version, f"{METADATA_FILE} is not of the format ({error})") from error
    if metadata.version != version:
        raise ArtifactCorrupt(version, f"{METADATA_FILE} names another version, {metadata.version!r}")
    if metadata.files.keys() != MANIFEST_FILES:
        raise ArtifactCorrupt(version, f"the manifest must list just {', '.join(sorted(MANIFEST_FILES))}")
    return metadata


def _read_verified(path: Path, metadata: Metadata) -> bytes:
    expected = metadata.files[path.name]
    content = _read_file(path, metadata.version)
    if len(content) != expected.size:
        fault = f"{path.name} has {len(content)} bytes where the manifest says {expected.size}"
        raise ArtifactCorrupt(metadata.version, fault)
    if FileDigest.of(content) != expected:
        raise ArtifactCorrupt(metadata.version, f"{path.name} does not have the SHA-256 that the manifest says")
    return content


def _read_file(path: Path, version: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtifactCorrupt(version, f"{path.name} cannot be read ({error.strerror})") from error
