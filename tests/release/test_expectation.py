from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.artifacts import Artifact
from release.expectation import Expectation, ExpectationUnreadable, read_expectation

GOLDEN = {"instances": [[1.0, 2], [3.5, -4.0]], "labels": [1, 0], "probabilities": [[0.25, 0.75], [0.9, 0.1]]}
DOCUMENT = {"model_version": "v1", **GOLDEN}


def write_version(artifact_dir: Path, version: str, golden: Any = GOLDEN) -> Path:
    folder = artifact_dir / version
    folder.mkdir()
    (folder / "metadata.json").write_text(json.dumps({"version": version}))
    (folder / "golden.json").write_text(json.dumps(golden))
    return folder


def explain(artifact_dir: Path, version: str | None = None) -> str:
    """Return why no expectation can be read, with the folder written as `DIR`."""
    with pytest.raises(ExpectationUnreadable) as refused:
        read_expectation(artifact_dir, version)
    return str(refused.value).replace(str(artifact_dir), "DIR")


def test_reads_what_training_has_published(example_artifact_dir: Path, example_artifact: Artifact) -> None:
    golden = example_artifact.golden.to_json()
    assert read_expectation(example_artifact_dir) == Expectation(model_version="example", **golden)


def test_reads_back_what_it_writes() -> None:
    expectation = Expectation.from_json(DOCUMENT)
    assert Expectation.from_json(json.loads(json.dumps(expectation.to_json()))) == expectation


@pytest.mark.parametrize(("max_bytes", "n_rows"), [(10**6, 20), (1, 1)])
def test_has_as_many_rows_as_there_is_room_for(max_bytes: int, n_rows: int) -> None:
    rows = [[float(number)] for number in range(20)]
    expectation = Expectation("v1", rows, [0] * 20, [[1.0]] * 20)
    shortened = expectation.shorten(max_bytes)
    Expectation.from_json(shortened.to_json())
    assert (len(shortened.instances), shortened.model_version) == (n_rows, "v1")


def test_what_is_shortened_is_no_larger_than_was_asked_for() -> None:
    rows = [[float(number), 1 / (number + 1)] for number in range(100)]
    expectation = Expectation("v1", rows, [0] * 100, rows)
    shortened = expectation.shorten(2000)
    assert 1500 < len(json.dumps(shortened.to_json())) <= 2000
    assert shortened.instances == rows[: len(shortened.instances)]


def test_reads_the_version_that_is_current(tmp_path: Path) -> None:
    for version in ("v1", "v2", "v3"):
        write_version(tmp_path, version)
    (tmp_path / "current").symlink_to("v2")
    assert read_expectation(tmp_path).model_version == "v2"


def test_reads_the_version_that_is_named_rather_than_the_current_one(tmp_path: Path) -> None:
    write_version(tmp_path, "v1")
    write_version(tmp_path, "v2")
    (tmp_path / "current").symlink_to("v2")
    assert read_expectation(tmp_path, "v1").model_version == "v1"


def test_reads_the_only_version_where_none_is_current(tmp_path: Path) -> None:
    write_version(tmp_path, "v1")
    write_version(tmp_path, ".publishing-v2")
    (tmp_path / "current").mkdir()
    (tmp_path / "alias").symlink_to("v1")
    (tmp_path / "file").touch()
    assert read_expectation(tmp_path).model_version == "v1"


def test_asks_to_choose_where_several_versions_are_there_and_none_is_current(tmp_path: Path) -> None:
    write_version(tmp_path, "v2")
    write_version(tmp_path, "v1")
    assert explain(tmp_path) == "There is no current version in DIR, but v1, v2: choose one by MODEL_VERSION."


def test_says_that_nothing_is_published(tmp_path: Path) -> None:
    assert explain(tmp_path) == (
        "No version is published in DIR: publish one with 'make train', or name another folder by ARTIFACT_DIR."
    )


def test_says_that_there_is_no_such_folder(tmp_path: Path) -> None:
    assert explain(tmp_path / "none") == (
        "No version is published in DIR: publish one with 'make train', or name another folder by ARTIFACT_DIR."
    )


def test_says_that_the_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert explain(tmp_path / "file") == "The folder DIR cannot be read: Not a directory."


def test_says_that_there_is_no_such_version(tmp_path: Path) -> None:
    assert explain(tmp_path, "v9") == "DIR/v9/metadata.json cannot be read: No such file or directory."


@pytest.mark.parametrize("name", ["current", "../v1", ".v1", "v" * 65, "v 1"])
def test_refuses_what_is_not_the_name_of_a_version(tmp_path: Path, name: str) -> None:
    assert explain(tmp_path, name) == f"{name!r} is not the name of a version."


def test_follows_no_link_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    write_version(tmp_path, "v1")
    (tmp_path / "artifacts" / "current").symlink_to("../v1")
    assert explain(tmp_path / "artifacts") == "The link DIR/current leads out of DIR."


def test_refuses_metadata_of_another_version(tmp_path: Path) -> None:
    write_version(tmp_path, "v1").rename(tmp_path / "v2")
    assert explain(tmp_path) == "DIR/v2/metadata.json is not of version v2."


@pytest.mark.parametrize("content", ["{", "", "[" * 100_000])
def test_says_that_a_file_is_not_json(tmp_path: Path, content: str) -> None:
    (write_version(tmp_path, "v1") / "golden.json").write_text(content)
    assert explain(tmp_path).startswith("DIR/v1/golden.json is not JSON: ")


@pytest.mark.parametrize("golden", [[], 1, {}, {**GOLDEN, "rows": 2}, {**GOLDEN, "labels": [0]}])
def test_says_that_a_file_has_no_golden_rows(tmp_path: Path, golden: Any) -> None:
    write_version(tmp_path, "v1", golden)
    assert explain(tmp_path).startswith("DIR/v1/golden.json does not hold golden rows: ")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"rows": 2}, "an object with model_version, instances, labels, probabilities was expected"),
        ({"model_version": None}, "'model_version' must be the name of a version"),
        ({"model_version": "current"}, "'model_version' must be the name of a version"),
        ({"instances": []}, "'instances' must be a list of at least one list"),
        ({"instances": [1.0, 2.0]}, "'instances' must be a list of at least one list"),
        ({"instances": [[], []]}, "the lists in 'instances' must be of equal length, and not empty"),
        ({"instances": [[1.0, 2.0], [3.0]]}, "the lists in 'instances' must be of equal length, and not empty"),
        ({"instances": [[1.0, 2.0], [3.0, "4"]]}, "'instances' must hold finite numbers alone"),
        ({"instances": [[1.0, 2.0], [3.0, True]]}, "'instances' must hold finite numbers alone"),
        ({"instances": [[1.0, 2.0], [3.0, 10**400]]}, "'instances' must hold finite numbers alone"),
        ({"probabilities": [[0.5, 0.5], [0.5, float("nan")]]}, "'probabilities' must hold finite numbers alone"),
        ({"labels": [0, 2]}, "'labels' must be class indices"),
        ({"labels": [0, -1]}, "'labels' must be class indices"),
        ({"labels": [0, True]}, "'labels' must be class indices"),
        ({"labels": None}, "'labels' must be class indices"),
        ({"labels": [0]}, "'instances', 'labels' and 'probabilities' must be of equal length"),
        ({"instances": [[1.0, 2.0]]}, "'instances', 'labels' and 'probabilities' must be of equal length"),
    ],
)
def test_refuses_what_is_not_of_the_format(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError) as refused:
        Expectation.from_json({**DOCUMENT, **changes})
    assert str(refused.value) == rule


def test_refuses_what_is_not_an_object() -> None:
    with pytest.raises(ValueError, match="an object with model_version"):
        Expectation.from_json(["model_version", "instances", "labels", "probabilities"])
