"""Reading: from the files of an artifact to a verified artifact in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.artifacts.code import add_code, is_code
from app.artifacts.compatibility import find_mismatch, watch_unpickling
from app.artifacts.content import Content
from app.artifacts.errors import ArtifactCorrupt, LibraryMissing, VersionMismatch
from app.artifacts.folder import VersionFolder, open_folder
from app.artifacts.golden import Golden
from app.artifacts.libraries import explain_installing, is_installed, is_standard, name_library
from app.artifacts.manifest import (
    GOLDEN_FILE,
    METADATA_FILE,
    MODEL_FILE,
    PREPROCESSOR_FILE,
    SIGNATURE_FILE,
    is_code_file,
)
from app.artifacts.metadata import Metadata
from app.artifacts.published import find_version
from app.artifacts.signing import check_signature
from app.artifacts.unpickling import unpickle

_PICKLES = (PREPROCESSOR_FILE, MODEL_FILE)


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
    preprocessor_bytes: Content
    model_bytes: Content
    is_signature_verified: bool = False
    version_mismatch: VersionMismatch | None = None
    """How the scikit-learn that made it differs from this one; only where the policy allows that."""
    allow_version_mismatch: bool = False
    code: Mapping[str, bytes] = field(default_factory=dict)
    """Files of code that it brings along, by their names in the version."""
    measured: Mapping[str, float] = field(default_factory=dict)
    """What its trial has measured; nothing before."""

    def unpickle(self) -> tuple[Any, Any]:
        """Return the fitted preprocessor and estimator. Runs the pickles' code: only ever call it on verified bytes.

        Large arrays of theirs lie in the memory of this artifact, which forked processes have in common until one
        writes there. What an estimator does write into its arrays, the next call of the same process finds.

        Raises `ArtifactCorrupt` when either cannot be unpickled, `LibraryMissing` when that takes a library which is
        not there, `VersionMismatch` when another scikit-learn pickled it and the policy does not allow that.
        """
        add_code(self.code)
        return (
            self._unpickle(PREPROCESSOR_FILE, self.preprocessor_bytes),
            self._unpickle(MODEL_FILE, self.model_bytes),
        )

    def _unpickle(self, name: str, content: Content) -> Any:
        try:
            with watch_unpickling(self.metadata.version, self.allow_version_mismatch):
                return unpickle(content)
        except VersionMismatch:
            raise
        except ModuleNotFoundError as error:
            raise self._explain_missing(name, error) from error
        except Exception as error:  # an unpickler can raise anything
            fault = f"{name} cannot be unpickled ({type(error).__name__}: {error})"
            if mismatch := self.version_mismatch:
                fault += f"; scikit-learn {mismatch.trained_with} made it, and this is {mismatch.served_with}"
            raise ArtifactCorrupt(self.metadata.version, fault) from error

    def _explain_missing(self, name: str, error: ModuleNotFoundError) -> Exception:
        library = name_library(error.name or "")
        if is_code(library) or is_standard(library) or is_installed(library):
            return ArtifactCorrupt(self.metadata.version, f"{name} cannot be unpickled ({error})")
        return LibraryMissing(self.metadata.version, library, explain_installing(library))


def read_artifact(
    artifact_dir: Path, version: str | None = None, policy: AcceptancePolicy = AcceptancePolicy()
) -> Artifact:
    """Return the artifact of `version` (by default the current one), each file checked against the manifest.

    Raises `ArtifactError`, of the kind that says what is wrong. Nothing is unpickled.
    """
    version = find_version(artifact_dir, version)
    with open_folder(artifact_dir, version) as folder:
        metadata = _read_metadata(folder, policy.public_key)
        _check_libraries(metadata)
        mismatch = find_mismatch(metadata)
        if mismatch and not policy.allow_version_mismatch:
            raise mismatch
        _check_names(folder, metadata)
        others = sorted(metadata.files.keys() - _PICKLES)
        content = {name: folder.read_verified(name, metadata.files[name]) for name in others}
        pickles = {name: folder.share_verified(name, metadata.files[name]) for name in _PICKLES}
    return Artifact(
        metadata=metadata,
        golden=_parse_golden(content[GOLDEN_FILE], metadata),
        preprocessor_bytes=pickles[PREPROCESSOR_FILE],
        model_bytes=pickles[MODEL_FILE],
        is_signature_verified=policy.public_key is not None,
        version_mismatch=mismatch,
        allow_version_mismatch=policy.allow_version_mismatch,
        code={name: text for name, text in content.items() if is_code_file(name)},
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


def _check_libraries(metadata: Metadata) -> None:
    """Raise `LibraryMissing` for a library that the artifact needs and that is not installed."""
    for name, release in metadata.library_versions.items():
        if name != "python" and not is_installed(name):
            raise LibraryMissing(metadata.version, f"{name} {release}", explain_installing(name))


def _check_names(folder: VersionFolder, metadata: Metadata) -> None:
    strangers = folder.list_names() - metadata.files.keys() - {METADATA_FILE, SIGNATURE_FILE}
    if strangers:
        names = ", ".join(map(repr, sorted(strangers)))
        raise ArtifactCorrupt(folder.version, f"its folder holds {names}, which the manifest does not name")


def _parse_golden(content: bytes, metadata: Metadata) -> Golden:
    try:
        golden = Golden.from_json(json.loads(content), metadata.build_output())
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ArtifactCorrupt(metadata.version, f"{GOLDEN_FILE} is not of the format ({error})") from error
    if golden.instances.shape[1] != len(metadata.feature_names):
        fault = f"{GOLDEN_FILE} and {METADATA_FILE} disagree on the number of features"
        raise ArtifactCorrupt(metadata.version, fault)
    return golden
