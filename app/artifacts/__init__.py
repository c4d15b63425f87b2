"""The artifact format: what a published version holds, how it is packed, signed, verified and unpacked.

Knows neither HTTP nor training: both sides of the format stand here, so that it is written down once.
"""

from app.artifacts.compatibility import check_installation
from app.artifacts.errors import (
    ArtifactCorrupt,
    ArtifactError,
    ArtifactNotFound,
    ArtifactUnreadable,
    ArtifactUntrusted,
    KeyUnusable,
    LibraryMissing,
    LinkRefused,
    StorageUnsuitable,
    VersionMismatch,
)
from app.artifacts.golden import Golden
from app.artifacts.metadata import Metadata, TrainingDistributions
from app.artifacts.names import CURRENT_LINK, InvalidVersionName, check_version_name
from app.artifacts.packing import pack_artifact
from app.artifacts.published import find_version, is_published, list_versions, read_link
from app.artifacts.reading import AcceptancePolicy, Artifact, read_artifact, read_metadata
from app.artifacts.signing import load_private_key, load_public_key
from app.artifacts.store import PREVIOUS_LINK, lock_artifacts, make_current, remove_version

__all__ = [
    "CURRENT_LINK",
    "PREVIOUS_LINK",
    "AcceptancePolicy",
    "Artifact",
    "ArtifactCorrupt",
    "ArtifactError",
    "ArtifactNotFound",
    "ArtifactUnreadable",
    "ArtifactUntrusted",
    "Golden",
    "InvalidVersionName",
    "KeyUnusable",
    "LibraryMissing",
    "LinkRefused",
    "Metadata",
    "StorageUnsuitable",
    "TrainingDistributions",
    "VersionMismatch",
    "check_installation",
    "check_version_name",
    "find_version",
    "is_published",
    "list_versions",
    "load_private_key",
    "load_public_key",
    "lock_artifacts",
    "make_current",
    "pack_artifact",
    "read_artifact",
    "read_link",
    "read_metadata",
    "remove_version",
]
