"""Reading: from the files of an artifact to a verified artifact in memory."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.artifacts.compatibility import find_mismatch, watch_unpickling
from app.artifacts.errors import ArtifactCorrupt, VersionMismatch
from app.artifacts.folder import VersionFolder, open_folder
from app.artifacts.golden import Golden
from app.artifacts.manifest import (
    GOLDEN_FILE,
    MANIFEST_FILES,
    METADATA_FILE,
    MODEL_FILE,
    PREPROCESSOR_FILE,
    SIGNATURE_FILE,
)
from app.artifacts.metadata import Metadata
from app.artifacts.published import find_version
from app.artifacts.signing import check_signature


@dataclass(frozen=True)
class AcceptancePolicy:
    """What an artifact must be, beyond being whole, to be accepted."""

    public_key: Ed25519PublicKey | None = None
    """The key that it must be signed with; `None` if it need not be signed."""
    allow_version_mismatch: bool = False
    """Whether another scikit-learn may have made it than the one installed."""


@dataclass(frozen=True)
class Artifact:
    """A verified artifact, in memory: nothing on disk can change it any more."""

    metadata: Metadata
    golden: Golden
    preprocessor_bytes: bytes
    model_bytes: bytes
    is_signature_verified: bool = False
    version_mismatch: VersionMismatch | None = None
    """How the scikit-learn that made it differs from this one; only where the policy allows that."""
    allow_version_mismatch: bool = False

    def unpickle(self) -> tuple[Any, Any]:
        """Return the fitted preprocessor and estimator. Runs the pickles' code: only ever call it on verified bytes.

        Raises `ArtifactCorrupt` when either cannot be unpickled, `VersionMismatch` when another scikit-learn pickled
        it and the policy does not allow that.
        """
        return (
            self._unpickle(PREPROCESSOR_FILE, self.preprocessor_bytes),
            self._unpickle(MODEL_FILE, self.model_bytes),
        )

    def _unpickle(self, name: str, content: bytes) -> Any:
        try:
            with watch_unpickling(self.metadata.version, self.allow_version_mismatch):
                return joblib.load(io.BytesIO(content))
        except VersionMismatch:
            raise
        except Exception as error:  # an unpickler can raise anything
            fault = f"{name} cannot be unpickled ({type(error).__name__}: {error})"
            if mismatch := self.version_mismatch:
                fault += f"; scikit-learn {mismatch.trained_with} made it, and this is {mismatch.served_with}"
            raise ArtifactCorrupt(self.metadata.version, fault) from error


def read_artifact(
    artifact_dir: Path, version: str | None = None, policy: AcceptancePolicy = AcceptancePolicy()
) -> Artifact:
    """Return the artifact of `version` (by default the current one), each file checked against the manifest.

    Raises `ArtifactError`, of the kind that says what is wrong. Nothing is unpickled.
    """
    version = find_version(artifact_dir, version)
    with open_folder(artifact_dir, version) as folder:
        metadata = _read_metadata(folder, policy.public_key)
        mismatch = find_mismatch(metadata)
        if mismatch and not policy.allow_version_mismatch:
            raise mismatch
        _check_names(folder)
        content = {name: folder.read_verified(name, metadata.files[name]) for name in sorted(MANIFEST_FILES)}
    return Artifact(
        metadata=metadata,
        golden=_parse_golden(content[GOLDEN_FILE], metadata),
        preprocessor_bytes=content[PREPROCESSOR_FILE],
        model_bytes=content[MODEL_FILE],
        is_signature_verified=policy.public_key is not None,
        version_mismatch=mismatch,
        allow_version_mismatch=policy.allow_version_mismatch,
    )


def read_metadata(artifact_dir: Path, version: str) -> Metadata:
    """Return what a published version says about itself; no other file of it is looked at.

    Raises `ArtifactError`.
    """
    with open_folder(artifact_dir, version) as folder:
        return _read_metadata(folder, public_key=None)


def _read_metadata(folder: VersionFolder, public_key: Ed25519PublicKey | None) -> Metadata:
    version = folder.version
    content = folder.read_metadata()
    if public_key is not None:
        check_signature(version, content, folder.read_signature(), public_key)
    try:
        metadata = Metadata.from_json(json.loads(content))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ArtifactCorrupt(version, f"{METADATA_FILE} is not of the format ({error})") from error
    if metadata.version != version:
        raise ArtifactCorrupt(version, f"{METADATA_FILE} names another version, {metadata.version!r}")
    return metadata


def _check_names(folder: VersionFolder) -> None:
    strangers = folder.list_names() - MANIFEST_FILES - {METADATA_FILE, SIGNATURE_FILE}
    if strangers:
        names = ", ".join(map(repr, sorted(strangers)))
        raise ArtifactCorrupt(folder.version, f"its folder holds {names}, which the manifest does not name")


def _parse_golden(content: bytes, metadata: Metadata) -> Golden:
    try:
        golden = Golden.from_json(json.loads(content))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ArtifactCorrupt(metadata.version, f"{GOLDEN_FILE} is not of the format ({error})") from error
    if golden.instances.shape[1] != len(metadata.feature_names):
        fault = f"{GOLDEN_FILE} and {METADATA_FILE} disagree on the number of features"
        raise ArtifactCorrupt(metadata.version, fault)
    return golden
