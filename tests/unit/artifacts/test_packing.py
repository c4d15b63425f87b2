from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.artifacts import Artifact, pack_artifact
from app.artifacts.signing import check_signature


@pytest.fixture
def files(example_artifact: Artifact) -> dict[str, bytes]:
    return pack_artifact(example_artifact.metadata, example_artifact.golden, *example_artifact.unpickle())


def test_packs_the_four_files_of_the_contract(files: dict[str, bytes]) -> None:
    assert sorted(files) == ["golden.json", "metadata.json", "model.pkl", "preprocessor.pkl"]


def test_the_manifest_lists_size_and_sha256_of_every_other_file(files: dict[str, bytes]) -> None:
    metadata = json.loads(files.pop("metadata.json"))
    assert metadata["files"] == {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()
    }


def test_the_manifest_replaces_one_that_was_there(example_artifact: Artifact) -> None:
    files = pack_artifact(example_artifact.metadata, example_artifact.golden, "preprocessor", "model")
    manifest = json.loads(files["metadata.json"])["files"]
    assert manifest["model.pkl"]["size"] == len(files["model.pkl"])


def test_the_metadata_is_written_down_as_it_is(files: dict[str, bytes], example_artifact: Artifact) -> None:
    written = json.loads(files["metadata.json"])
    del written["files"]
    assert written == {key: value for key, value in example_artifact.metadata.to_json().items() if key != "files"}


def test_writes_text_that_is_not_ascii_as_it_is(example_artifact: Artifact) -> None:
    metadata = dataclasses.replace(example_artifact.metadata, dataset="données")
    files = pack_artifact(metadata, example_artifact.golden, None, None)
    assert "données" in files["metadata.json"].decode()


def test_the_pickles_load_where_our_own_code_is_not(files: dict[str, bytes], tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("preprocessor.pkl", "model.pkl")]
    for path in paths:
        path.write_bytes(files[path.name])
    script = "import joblib, sys; print(*[type(joblib.load(path)).__name__ for path in sys.argv[1:]])"
    loaded = subprocess.run([sys.executable, "-I", "-c", script, *paths], capture_output=True, text=True, cwd=tmp_path)
    assert loaded.stdout.split() == ["StandardScaler", "GradientBoostingClassifier"], loaded.stderr


def test_adds_a_signature_where_there_is_a_key(example_artifact: Artifact) -> None:
    key = Ed25519PrivateKey.generate()
    files = pack_artifact(example_artifact.metadata, example_artifact.golden, None, None, key)
    check_signature("example", files["metadata.json"], files["metadata.json.sig"], key.public_key())


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_refuses_to_write_a_number_that_json_does_not_have(example_artifact: Artifact, value: float) -> None:
    metrics: dict[str, Any] = {"test": {"accuracy": value}}
    metadata = dataclasses.replace(example_artifact.metadata, metrics=metrics)
    with pytest.raises(ValueError, match="^Out of range float values are not JSON compliant"):
        pack_artifact(metadata, example_artifact.golden, None, None)
