from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.artifacts import Artifact, Golden, Metadata
from app.artifacts.manifest import FileDigest
from app.columns.number import NumberColumn
from app.outputs.classes import ClassOutput

DIGEST = {"size": 1, "sha256": "0" * 64}
SHA256_RULE = "the SHA-256 of 'model.pkl' must be 64 hexadecimal digits, in lower case"
ADDED_KEYS = (
    "feature_distributions", "prediction_shares", "columns", "container", "task", "targets", "answers", "threshold",
    "prediction_deciles",
)  # fmt: skip
OUTPUT = ClassOutput(["no", "yes"])
GOLDEN: dict[str, Any] = {"instances": [[1.0, 2.0], [3.0, 4.0]], "labels": [0, 1], "probabilities": [[0.9, 0.1]] * 2}


def test_a_digest_holds_the_size_and_the_sha256() -> None:
    digest = FileDigest.of(b"abc")
    assert digest == FileDigest(3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")


def test_metadata_comes_back_from_json_as_it_was(iris_artifact: Artifact) -> None:
    text = json.dumps(iris_artifact.metadata.to_json())
    assert Metadata.from_json(json.loads(text)) == iris_artifact.metadata


@pytest.mark.parametrize("key", [name for name in Metadata.__dataclass_fields__ if name not in ADDED_KEYS])
def test_refuses_metadata_without_a_key(iris_artifact: Artifact, key: str) -> None:
    document = iris_artifact.metadata.to_json()
    del document[key]
    with pytest.raises(ValueError, match=f"^missing: {key}$"):
        Metadata.from_json(document)


def test_accepts_metadata_of_releases_that_knew_classifiers_of_numbers_alone(iris_artifact: Artifact) -> None:
    document = iris_artifact.metadata.to_json()
    for key in ADDED_KEYS:
        del document[key]
    metadata = Metadata.from_json(document)
    assert metadata.parse_distributions() is None
    assert metadata.parse_columns() == [NumberColumn(name) for name in iris_artifact.metadata.feature_names]
    assert list(metadata.build_output().to_json_schemas()["Prediction"]["properties"]) == [
        "label", "probabilities", "model_version", "n_features_in",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"owner": "me", "notes": ""}, "unknown: notes, owner"),
        ({"files": []}, "'files' must be an object"),
        ({"feature_names": []}, "'feature_names' must be a list of distinct names"),
        ({"feature_names": "abc"}, "'feature_names' must be a list of distinct names"),
        ({"feature_names": ["a", "a"]}, "'feature_names' must be a list of distinct names"),
        ({"feature_names": ["a", 1]}, "'feature_names' must be a list of distinct names"),
        ({"feature_names": ["a", "\ud800"]}, "'feature_names' must be a list of distinct names"),
        ({"estimator": 5}, "'estimator' must be a text"),
        ({"feature_distributions": None}, "'feature_distributions' must be an object"),
        (
            {"feature_distributions": {}, "prediction_shares": None},
            "'feature_distributions' must be an object with all features",
        ),
        ({"classes": ["one"]}, "'classes' must be a list of at least two classes"),
        ({"classes": "ab"}, "'classes' must be a list"),
        ({"library_versions": []}, "'library_versions' must be an object"),
        ({"feature_ranges": None}, "'feature_ranges' must be an object"),
        ({"metrics": "good"}, "'metrics' must be an object"),
        ({"feature_distributions": {"a": {}}}, "'feature_distributions' must be an object with all features"),
        ({"prediction_shares": [1.0]}, "the training distributions must be lists of 3 finite numbers"),
    ],
)
def test_refuses_metadata_of_another_format(iris_artifact: Artifact, change: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError) as refused:
        Metadata.from_json({**iris_artifact.metadata.to_json(), **change})
    assert str(refused.value) == fault


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"model.pkl": "abc"}, "an object was expected in 'files/model.pkl'"),
        ({"model.pkl": {"size": 1}}, "missing in 'files/model.pkl': sha256"),
        ({"model.pkl": {"size": 1, "sha256": "0" * 64, "md5": ""}}, "unknown in 'files/model.pkl': md5"),
        ({"model.pkl": {"size": -1, "sha256": "0" * 64}}, "the size of 'model.pkl' must be a whole number"),
        ({"model.pkl": {"size": 1.0, "sha256": "0" * 64}}, "the size of 'model.pkl' must be a whole number"),
        ({"model.pkl": {"size": True, "sha256": "0" * 64}}, "the size of 'model.pkl' must be a whole number"),
        ({"model.pkl": {"size": 1, "sha256": 0}}, SHA256_RULE),
        ({"model.pkl": {"size": 1, "sha256": "0" * 63}}, SHA256_RULE),
        ({"model.pkl": {"size": 1, "sha256": "0" * 65}}, SHA256_RULE),
        ({"model.pkl": {"size": 1, "sha256": "A" * 64}}, SHA256_RULE),
        ({"model.pkl": {"size": 1, "sha256": "0" * 64 + "\n"}}, SHA256_RULE),
        ({"b.pkl": DIGEST, "a.pkl": DIGEST}, "the manifest names 'a.pkl', 'b.pkl', which no artifact has"),
        ({"metadata.json": DIGEST}, "the manifest names 'metadata.json', which no artifact has"),
        ({"../model.pkl": DIGEST}, "the manifest names '../model.pkl', which is a path, not the name of a file"),
        ({"/etc/passwd": DIGEST}, "the manifest names '/etc/passwd', which is a path, not the name of a file"),
        ({"..": DIGEST}, "the manifest names '..', which is a path, not the name of a file"),
        ({".": DIGEST}, "the manifest names '.', which is a path, not the name of a file"),
        ({"a\0": DIGEST}, "the manifest names 'a\\x00', which is a path, not the name of a file"),
    ],
)
def test_refuses_a_manifest_of_another_format(iris_artifact: Artifact, change: dict[str, Any], fault: str) -> None:
    document = iris_artifact.metadata.to_json()
    document["files"].update(change)
    with pytest.raises(ValueError) as refused:
        Metadata.from_json(document)
    assert str(refused.value) == fault


@pytest.mark.parametrize(
    ("names", "quoted"),
    [(["golden.json"], "'golden.json'"), (["preprocessor.pkl", "model.pkl"], "'model.pkl', 'preprocessor.pkl'")],
)
def test_refuses_a_manifest_that_leaves_out_a_file(iris_artifact: Artifact, names: list[str], quoted: str) -> None:
    document = iris_artifact.metadata.to_json()
    for name in names:
        del document["files"][name]
    with pytest.raises(ValueError) as refused:
        Metadata.from_json(document)
    assert str(refused.value) == f"the manifest does not name {quoted}"


@pytest.mark.parametrize("document", [None, [], "text", 1])
def test_refuses_what_is_no_object(document: Any) -> None:
    with pytest.raises(ValueError, match="^an object was expected$"):
        Metadata.from_json(document)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_golden_rows_come_back_from_json_bit_for_bit(numbers: list[float]) -> None:
    golden = Golden(np.array([numbers]), {"labels": np.array([1]), "probabilities": np.array([numbers])})
    again = Golden.from_json(json.loads(json.dumps(golden.to_json())), OUTPUT)
    assert again.instances.tobytes() == golden.instances.tobytes()
    assert again.probabilities.tobytes() == golden.probabilities.tobytes()


def test_golden_labels_come_back_as_whole_numbers() -> None:
    labels = Golden.from_json(GOLDEN, OUTPUT).labels
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"labels": [0]}, "instances, labels and probabilities must be tables of equal length"),
        ({"instances": [1.0, 2.0]}, "instances, labels and probabilities must be tables of equal length"),
        ({"probabilities": [0.9, 0.1]}, "the answers must be tables of numbers"),
        (
            {"instances": [], "labels": [], "probabilities": []},
            "the answers must be tables of numbers",
        ),
        ({"rows": []}, "unknown: rows"),
    ],
)
def test_refuses_golden_rows_of_another_shape(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError) as refused:
        Golden.from_json({**GOLDEN, **change}, OUTPUT)
    assert str(refused.value) == fault


@pytest.mark.parametrize(
    "change", [{"labels": [0, 2**70]}, {"labels": [0, None]}, {"instances": [[1.0], [1.0, 2.0]]}, {"labels": "ab"}]
)
def test_refuses_golden_rows_that_are_no_numbers(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Golden.from_json({**GOLDEN, **change}, OUTPUT)


@pytest.mark.parametrize("key", list(GOLDEN))
def test_refuses_golden_rows_without_a_key(key: str) -> None:
    with pytest.raises(ValueError, match=f"^missing: {key}$"):
        Golden.from_json({name: value for name, value in GOLDEN.items() if name != key}, OUTPUT)
