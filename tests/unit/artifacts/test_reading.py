from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from app.artifacts import (
    Artifact,
    ArtifactCorrupt,
    ArtifactNotFound,
    pack_artifact,
    read_artifact,
    read_metadata,
)
from app.artifacts.manifest import FileDigest
from app.publishing.store import publish

Change = Callable[[dict[str, Any]], object]
FILES = ["golden.json", "model.pkl", "preprocessor.pkl"]


@pytest.fixture
def files(iris_artifact: Artifact) -> dict[str, bytes]:
    return pack_artifact(iris_artifact.metadata, iris_artifact.golden, StandardScaler(), LogisticRegression(C=0.5))


@pytest.fixture
def folder(tmp_path: Path, files: dict[str, bytes]) -> Path:
    """The folder of the published version "iris", which the tests below damage."""
    return publish(tmp_path, "iris", files)


def edit_metadata(folder: Path, change: Change) -> None:
    document = json.loads((folder / "metadata.json").read_bytes())
    change(document)
    (folder / "metadata.json").write_text(json.dumps(document))


def rewrite(folder: Path, name: str, content: bytes) -> None:
    """Replace a file and its line of the manifest: damage that the digests do not show."""
    (folder / name).write_bytes(content)
    edit_metadata(folder, lambda document: document["files"].update({name: dataclasses.asdict(FileDigest.of(content))}))


def read_fault(folder: Path) -> str:
    """Return what is said to be wrong with the artifact in `folder`; check the rest of the sentence."""
    with pytest.raises(ArtifactCorrupt) as refused:
        read_artifact(folder.parent)
    assert str(refused.value) == (
        f"Artifact iris is corrupt: {refused.value.fault}. Publish it again with 'make train', "
        "or serve another version: 'make models' lists them."
    )
    return refused.value.fault


@pytest.mark.parametrize("version", ["iris", None])
def test_reads_back_what_was_packed_bit_for_bit(folder: Path, files: dict[str, bytes], version: str | None) -> None:
    artifact = read_artifact(folder.parent, version)
    assert artifact.preprocessor_bytes == files["preprocessor.pkl"]
    assert artifact.model_bytes == files["model.pkl"]


def test_reads_back_the_metadata_and_the_golden_rows(folder: Path, iris_artifact: Artifact) -> None:
    artifact = read_artifact(folder.parent)
    assert dataclasses.replace(artifact.metadata, files={}) == dataclasses.replace(iris_artifact.metadata, files={})
    assert np.array_equal(artifact.golden.instances, iris_artifact.golden.instances)
    for name, table in iris_artifact.golden.arrays.items():
        assert np.array_equal(artifact.golden.arrays[name], table)


def test_unpickles_the_preprocessor_and_the_estimator(folder: Path) -> None:
    preprocessor, estimator = read_artifact(folder.parent).unpickle()
    assert isinstance(preprocessor, StandardScaler)
    assert estimator.C == 0.5


def test_is_not_changed_by_what_happens_on_disk_later(folder: Path) -> None:
    artifact = read_artifact(folder.parent)
    (folder / "model.pkl").write_bytes(b"")
    assert artifact.unpickle()[1].C == 0.5


def test_refuses_a_version_that_is_not_published(folder: Path) -> None:
    with pytest.raises(ArtifactNotFound, match="^There is no version other in .*. Published there: iris. "):
        read_artifact(folder.parent, "other")


@pytest.mark.parametrize("name", [*FILES, "metadata.json"])
def test_refuses_an_artifact_without_a_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert read_fault(folder) == f"{name} is missing"


@pytest.mark.parametrize("name", FILES)
def test_refuses_a_truncated_file(folder: Path, files: dict[str, bytes], name: str) -> None:
    (folder / name).write_bytes(files[name][:-1])
    assert read_fault(folder) == f"{name} has {len(files[name]) - 1} bytes where the manifest says {len(files[name])}"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("position", [0, 100, -1])
def test_refuses_a_file_with_a_flipped_bit(folder: Path, files: dict[str, bytes], name: str, position: int) -> None:
    content = bytearray(files[name])
    content[position] ^= 1
    (folder / name).write_bytes(content)
    assert read_fault(folder) == f"{name} does not have the SHA-256 that the manifest says"


@pytest.mark.parametrize("name", FILES)
def test_refuses_a_wrong_sha256_in_the_manifest(folder: Path, name: str) -> None:
    edit_metadata(folder, lambda document: document["files"][name].update(sha256="0" * 64))
    assert read_fault(folder) == f"{name} does not have the SHA-256 that the manifest says"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda document: document.pop("classes"), "metadata.json is not of the format (missing: classes)"),
        (lambda document: document.update(owner="me"), "metadata.json is not of the format (unknown: owner)"),
        (lambda document: document.update(version="wine"), "metadata.json names another version, 'wine'"),
        (
            lambda document: document["files"].update({"extra.pkl": {"size": 0, "sha256": ""}}),
            "metadata.json is not of the format (the manifest names 'extra.pkl', which no artifact has)",
        ),
        (
            lambda document: document["files"].pop("golden.json"),
            "metadata.json is not of the format (the manifest does not name 'golden.json')",
        ),
        (
            lambda document: (
                document["feature_names"].append("fifth"),
                document.update(feature_distributions={}, prediction_shares=[], columns=[]),
            ),
            "golden.json and metadata.json disagree on the number of features",
        ),
        (
            lambda document: document["columns"].reverse(),
            "metadata.json is not of the format ('columns' and 'feature_names' must name the same features)",
        ),
    ],
)
def test_refuses_metadata_that_does_not_fit(folder: Path, change: Change, fault: str) -> None:
    edit_metadata(folder, change)
    assert read_fault(folder) == fault


def test_refuses_metadata_that_is_not_json(folder: Path) -> None:
    (folder / "metadata.json").write_text("{")
    assert read_fault(folder).startswith("metadata.json is not of the format (Expecting property name")


def test_refuses_golden_rows_of_another_shape(folder: Path) -> None:
    rewrite(folder, "golden.json", b'{"instances": [[1, 2, 3, 4]], "labels": [0, 1], "probabilities": [[1, 0, 0]]}')
    fault = "golden.json is not of the format (instances, labels and probabilities must be tables of equal length)"
    assert read_fault(folder) == fault


@pytest.mark.parametrize("name", ["preprocessor.pkl", "model.pkl"])
def test_refuses_bytes_that_cannot_be_unpickled_without_having_run_them_before(folder: Path, name: str) -> None:
    rewrite(folder, name, pickle.dumps(StandardScaler())[:-1])
    artifact = read_artifact(folder.parent)
    with pytest.raises(ArtifactCorrupt) as refused:
        artifact.unpickle()
    assert refused.value.fault.startswith(f"{name} cannot be unpickled (")


@pytest.mark.parametrize(
    ("add", "names"),
    [
        (lambda folder: (folder / "extra.pkl").touch(), "'extra.pkl'"),
        (lambda folder: (folder / ".hidden").mkdir(), "'.hidden'"),
        (lambda folder: (folder / "b").touch() or (folder / "a").symlink_to("b"), "'a', 'b'"),
    ],
)
def test_refuses_a_folder_that_holds_more(folder: Path, add: Callable[[Path], object], names: str) -> None:
    add(folder)
    assert read_fault(folder) == f"its folder holds {names}, which the manifest does not name"


def test_reads_the_metadata_alone_whatever_the_other_files_are(folder: Path, iris_artifact: Artifact) -> None:
    (folder / "model.pkl").unlink()
    (folder / "extra.pkl").touch()
    assert read_metadata(folder.parent, "iris").feature_names == iris_artifact.metadata.feature_names


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xff\xfe", b"9" * 5000, b"null", b""])
@pytest.mark.parametrize("name", ["metadata.json", "golden.json"])
def test_refuses_json_that_no_parser_accepts(folder: Path, name: str, content: bytes) -> None:
    if name == "golden.json":
        rewrite(folder, name, content)
    else:
        (folder / name).write_bytes(content)
    assert read_fault(folder).startswith(f"{name} is not of the format (")
