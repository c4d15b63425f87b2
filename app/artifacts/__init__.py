"""The artifact format: what a published version holds, how it is packed, verified and unpacked.

Knows neither HTTP nor training: both sides of the format stand here, so that it is written down once.
"""

from app.artifacts.errors import ArtifactCorrupt, ArtifactError, ArtifactNotFound
from app.artifacts.format import Golden, Metadata
from app.artifacts.packing import pack_artifact
from app.artifacts.reading import Artifact, read_artifact
from app.artifacts.versions import CURRENT_LINK, InvalidVersionName, check_version_name, find_version, list_versions

__all__ = [
    "CURRENT_LINK",
    "Artifact",
    "ArtifactCorrupt",
    "ArtifactError",
    "ArtifactNotFound",
    "Golden",
    "InvalidVersionName",
    "Metadata",
    "check_version_name",
    "find_version",
    "list_versions",
    "pack_artifact",
    "read_artifact",
]
