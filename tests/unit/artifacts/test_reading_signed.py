"""Artifacts that must be signed: what the policy asks for, `read_artifact` sees to."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.artifacts import (
    AcceptancePolicy,
    Artifact,
    ArtifactCorrupt,
    ArtifactUntrusted,
    read_artifact,
)
from app.artifacts.signing import sign
from tests.support.signing_keys import SigningKey, write_signing_key
from tests.support.small_versions import publish_copy


@pytest.fixture
def signing_key(tmp_path: Path) -> SigningKey:
    return write_signing_key(tmp_path)


@pytest.fixture
def policy(signing_key: SigningKey) -> AcceptancePolicy:
    return AcceptancePolicy(signing_key.key.public_key())


@pytest.fixture
def folder(tmp_path: Path, iris_artifact: Artifact, signing_key: SigningKey) -> Path:
    """Return the folder of the current version, which is signed."""
    publish_copy(tmp_path / "artifacts", iris_artifact, "signed", signing_key=signing_key.key)
    return tmp_path / "artifacts" / "signed"


def test_reads_an_artifact_whose_signature_is_verified(folder: Path, policy: AcceptancePolicy) -> None:
    assert read_artifact(folder.parent, policy=policy).is_signature_verified


def test_reads_a_signed_artifact_where_no_signature_is_asked_for(folder: Path) -> None:
    assert not read_artifact(folder.parent).is_signature_verified


def test_refuses_an_artifact_that_is_not_signed(folder: Path, policy: AcceptancePolicy) -> None:
    (folder / "metadata.json.sig").unlink()
    with pytest.raises(ArtifactUntrusted, match="it is not signed"):
        read_artifact(folder.parent, policy=policy)


def test_refuses_an_artifact_that_is_signed_with_another_key(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    policy = AcceptancePolicy(write_signing_key(tmp_path / "other").key.public_key())
    with pytest.raises(ArtifactUntrusted, match="metadata.json.sig is not the signature of metadata.json"):
        read_artifact(folder.parent, policy=policy)


def test_refuses_changed_metadata_as_untrusted_before_it_is_parsed(folder: Path, policy: AcceptancePolicy) -> None:
    (folder / "metadata.json").write_bytes(b"{")
    with pytest.raises(ArtifactUntrusted, match="metadata.json.sig is not the signature of metadata.json"):
        read_artifact(folder.parent, policy=policy)


def test_a_signature_vouches_for_the_other_files_too(folder: Path, policy: AcceptancePolicy) -> None:
    (folder / "model.pkl").write_bytes(b"another")
    with pytest.raises(ArtifactCorrupt, match="model.pkl has 7 bytes where the manifest says"):
        read_artifact(folder.parent, policy=policy)


def test_a_signed_version_under_another_name_is_another_version(folder: Path, policy: AcceptancePolicy) -> None:
    folder.rename(folder.with_name("renamed"))
    with pytest.raises(ArtifactCorrupt, match="metadata.json names another version, 'signed'"):
        read_artifact(folder.parent, "renamed", policy)


def test_what_is_signed_must_be_of_the_format_all_the_same(
    folder: Path, policy: AcceptancePolicy, signing_key: SigningKey
) -> None:
    (folder / "metadata.json").write_bytes(b"{")
    (folder / "metadata.json.sig").write_bytes(sign(b"{", signing_key.key))
    with pytest.raises(ArtifactCorrupt, match="metadata.json is not of the format"):
        read_artifact(folder.parent, policy=policy)
