from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
import sklearn

from app.artifacts import Artifact, ArtifactCorrupt, ArtifactNotFound, ArtifactUntrusted, VersionMismatch, pack_artifact
from app.model.acceptance import describe, read_acceptable, verify_version
from app.settings import Settings
from tests.support.broken_artifacts import Trap
from tests.support.signing_keys import write_signing_key
from tests.support.small_versions import publish_copy
from training.publishing import publish


@pytest.fixture
def settings(tmp_path: Path, iris_artifact: Artifact) -> Settings:
    """Return the settings of a folder with the versions v1 and v2, which is the current one."""
    for version in ("v1", "v2"):
        publish_copy(tmp_path / "artifacts", iris_artifact, version)
    return Settings(artifact_dir=tmp_path / "artifacts")


@pytest.mark.parametrize(
    ("model_version", "asked_for", "read"),
    [(None, None, "v2"), ("v1", None, "v1"), (None, "v1", "v1"), ("v1", "v2", "v2")],
)
def test_reads_the_version_asked_for_or_that_of_the_settings_or_the_current_one(
    settings: Settings, model_version: str | None, asked_for: str | None, read: str
) -> None:
    settings = dataclasses.replace(settings, model_version=model_version)
    assert read_acceptable(settings, asked_for).metadata.version == read


def test_refuses_a_version_that_is_not_there(settings: Settings) -> None:
    with pytest.raises(ArtifactNotFound, match="^There is no version v3 in "):
        verify_version(settings, "v3")


def test_refuses_an_artifact_that_is_not_signed_with_the_key_of_the_settings(
    settings: Settings, tmp_path: Path
) -> None:
    settings = dataclasses.replace(settings, artifact_public_key_file=write_signing_key(tmp_path).public_file)
    with pytest.raises(ArtifactUntrusted, match="^Artifact v1 is not trusted: it is not signed"):
        verify_version(settings, "v1")


@pytest.mark.parametrize("is_allowed", [True, False])
def test_accepts_another_scikit_learn_only_where_the_settings_allow_it(
    settings: Settings, iris_artifact: Artifact, is_allowed: bool
) -> None:
    publish_copy(settings.artifact_dir, iris_artifact, "old", library_versions={"scikit-learn": "1.0.2"})
    settings = dataclasses.replace(settings, allow_version_mismatch=is_allowed)
    if is_allowed:
        assert isinstance(verify_version(settings, "old").version_mismatch, VersionMismatch)
    else:
        with pytest.raises(VersionMismatch):
            verify_version(settings, "old")


def test_verifies_a_good_version(settings: Settings) -> None:
    assert verify_version(settings, "v1").metadata.version == "v1"


def test_refuses_a_version_that_answers_otherwise_than_its_golden_rows(
    settings: Settings, iris_artifact: Artifact
) -> None:
    golden = dataclasses.replace(iris_artifact.golden, probabilities=np.roll(iris_artifact.golden.probabilities, 1))
    publish_copy(settings.artifact_dir, dataclasses.replace(iris_artifact, golden=golden), "odd")
    with pytest.raises(ArtifactCorrupt, match="^Artifact odd is corrupt: the self-test failed: probabilities differ"):
        verify_version(settings, "odd")


def test_never_unpickles_in_this_process(settings: Settings, iris_artifact: Artifact, tmp_path: Path) -> None:
    trap = Trap(f"import os; open({str(tmp_path / 'process')!r}, 'w').write(str(os.getpid()))")
    metadata = dataclasses.replace(iris_artifact.metadata, version="trap")
    publish(settings.artifact_dir, "trap", pack_artifact(metadata, iris_artifact.golden, None, trap))
    with pytest.raises(ArtifactCorrupt):
        verify_version(settings, "trap")
    assert int((tmp_path / "process").read_text()) != os.getpid()


@pytest.mark.parametrize(
    ("is_verified", "signature"), [(True, "its signature is valid"), (False, "no signature is asked for")]
)
def test_describes_what_has_been_checked(iris_artifact: Artifact, is_verified: bool, signature: str) -> None:
    artifact = dataclasses.replace(iris_artifact, is_signature_verified=is_verified)
    assert describe(artifact) == (
        f"Version iris is verified: every file is as the manifest says, {signature}, and it answers its 20 golden "
        "rows as it did when it was trained."
    )


def test_describes_which_scikit_learn_made_it_where_another_serves_it(iris_artifact: Artifact) -> None:
    mismatch = VersionMismatch("iris", "1.0.2", sklearn.__version__)
    assert describe(dataclasses.replace(iris_artifact, version_mismatch=mismatch)) == (
        "Version iris is verified: every file is as the manifest says, no signature is asked for, and it answers its "
        "20 golden rows as it did when it was trained. It was made with scikit-learn 1.0.2 and is served with "
        f"{sklearn.__version__}, as ALLOW_VERSION_MISMATCH=1 allows."
    )
