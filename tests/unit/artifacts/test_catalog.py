from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.artifacts import Artifact, ArtifactNotFound
from app.artifacts.catalog import PublishedVersion, find_named, list_published
from app.commands.catalog_table import format_table
from app.publishing.store import publish
from tests.support.broken_artifacts import build_files, change_metadata
from tests.support.small_versions import publish_copy

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
METRICS = {"test": {"accuracy": 0.93333, "roc_auc": 0.99666}}
LIBRARIES = {"scikit-learn": "1.9.1"}


@pytest.fixture
def artifact_dir(tmp_path: Path, iris_artifact: Artifact) -> Path:
    """Return a folder with three versions, of which the newest is neither the last by name nor the last published."""
    publish_copy(tmp_path, iris_artifact, "b", created_at="2026-03-02T12:00:00+00:00", metrics=METRICS)
    publish_copy(tmp_path, iris_artifact, "a", created_at="2026-03-04T11:59:00+00:00", metrics=METRICS)
    publish_copy(tmp_path, iris_artifact, "c", created_at="2026-03-01T12:00:00+00:00", metrics=METRICS)
    return tmp_path


@pytest.fixture
def version(iris_artifact: Artifact) -> PublishedVersion:
    """Return the current version, made at noon of the third of March."""
    metadata = replace(
        iris_artifact.metadata, created_at="2026-03-03T12:00:00+00:00", metrics=METRICS, library_versions=LIBRARIES
    )
    return PublishedVersion("v1", metadata, None, is_current=True, is_previous=False)


def change(version: PublishedVersion, **changes: Any) -> PublishedVersion:
    """Return `version` with `changes` of its metadata."""
    assert version.metadata is not None
    return replace(version, metadata=replace(version.metadata, **changes))


def read_cells(version: PublishedVersion) -> list[str]:
    """Return what the table says of `version`, column by column."""
    return re.split(" {2,}", format_table([version], NOW).splitlines()[1])


def list_names(artifact_dir: Path) -> list[str]:
    return [version.name for version in list_published(artifact_dir)]


def test_lists_the_newest_first_whatever_the_names(artifact_dir: Path) -> None:
    assert list_names(artifact_dir) == ["a", "b", "c"]


def test_lists_versions_of_the_same_second_by_name(artifact_dir: Path, iris_artifact: Artifact) -> None:
    for name in ("y", "z", "x"):
        publish_copy(artifact_dir, iris_artifact, name, created_at="2026-03-03T12:00:00+00:00")
    assert list_names(artifact_dir) == ["a", "z", "y", "x", "b", "c"]


def test_lists_last_what_says_no_date(artifact_dir: Path, iris_artifact: Artifact) -> None:
    publish_copy(artifact_dir, iris_artifact, "z", created_at="yesterday")
    assert list_names(artifact_dir) == ["a", "b", "c", "z"]


def test_knows_the_current_version_and_the_previous_one(artifact_dir: Path) -> None:
    marks = {version.name: (version.is_current, version.is_previous) for version in list_published(artifact_dir)}
    assert marks == {"c": (True, False), "a": (False, True), "b": (False, False)}


def test_the_current_version_is_not_the_previous_one_as_well(artifact_dir: Path) -> None:
    (artifact_dir / ".previous").unlink()
    (artifact_dir / ".previous").symlink_to("c")
    versions = list_published(artifact_dir)
    assert [(version.name, version.is_current) for version in versions if version.is_current] == [("c", True)]
    assert [version.name for version in versions if version.is_previous] == []


def test_says_why_a_version_cannot_be_read(artifact_dir: Path) -> None:
    (artifact_dir / "b" / "metadata.json").write_text("{")
    (broken,) = [version for version in list_published(artifact_dir) if version.metadata is None]
    assert (broken.name, broken.fault) == (
        "b",
        "Artifact b is corrupt: metadata.json is not of the format (Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)). Publish it again with 'make train', or serve another version: 'make models' lists "
        "them.",
    )


def test_has_no_fault_where_the_metadata_can_be_read(artifact_dir: Path) -> None:
    assert {version.fault for version in list_published(artifact_dir)} == {None}


def test_lists_nothing_where_nothing_has_been_published(tmp_path: Path) -> None:
    assert list_published(tmp_path / "nothing") == []


def test_refuses_a_file_that_stands_where_the_folder_should(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArtifactNotFound) as refused:
        list_published(tmp_path / "file")
    assert str(refused.value) == f"The folder {tmp_path}/file cannot be read: Not a directory."


@pytest.mark.parametrize("target", ["/tmp", "..", "a/metadata.json"])
def test_names_no_current_version_where_the_link_leads_elsewhere(artifact_dir: Path, target: str) -> None:
    (artifact_dir / "current").unlink()
    (artifact_dir / "current").symlink_to(target)
    assert find_named(artifact_dir, "current") is None
    assert not any(version.is_current for version in list_published(artifact_dir))


def test_names_what_a_link_leads_to_though_that_is_gone(artifact_dir: Path) -> None:
    (artifact_dir / "c").rename(artifact_dir / ".gone")
    assert (find_named(artifact_dir, "current"), find_named(artifact_dir, "nothing")) == ("c", None)


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("2026-03-03T12:00:00+00:00", datetime(2026, 3, 3, 12, tzinfo=UTC)),
        ("2026-03-03T12:00:00+02:00", datetime(2026, 3, 3, 10, tzinfo=UTC)),
        ("2026-03-03T12:00:00", datetime(2026, 3, 3, 12, tzinfo=UTC)),
        *(
            (written, datetime.min.replace(tzinfo=UTC))
            for written in ("yesterday", "", None, 1772539200, ["2026-03-03"])
        ),
    ],
)
def test_understands_when_a_version_was_made(version: PublishedVersion, written: Any, understood: datetime) -> None:
    assert change(version, created_at=written).created_at == understood


def test_a_version_that_cannot_be_read_was_made_long_ago(version: PublishedVersion) -> None:
    assert replace(version, metadata=None).created_at == datetime.min.replace(tzinfo=UTC)


def test_prints_a_table_that_a_person_can_read(version: PublishedVersion) -> None:
    versions = [
        change(replace(version, name="20260304T110000.000Z", is_current=False), created_at="2026-03-04T11:00:00"),
        version,
        change(replace(version, name="v0", is_current=False, is_previous=True), created_at="2026-02-02T12:00:00"),
        replace(version, name="odd", metadata=None, fault="Broken.", is_current=False),
    ]
    assert format_table(versions, NOW).splitlines() == [
        "VERSION                   AGE  ACCURACY  ROC AUC  SCIKIT-LEARN",
        "20260304T110000.000Z   1 hour    0.9333   0.9967  1.9.1",
        "v1                      1 day    0.9333   0.9967  1.9.1         current",
        "v0                    30 days    0.9333   0.9967  1.9.1         previous",
        "odd                         -         -        -  -             broken: 'flask models verify odd' says why",
    ]


@pytest.mark.parametrize(
    ("marks", "cell"),
    [
        ({"is_current": True}, "current, broken: 'flask models verify v1' says why"),
        ({"is_current": False, "is_previous": True}, "previous, broken: 'flask models verify v1' says why"),
    ],
)
def test_says_that_a_broken_version_is_or_was_the_current_one(
    version: PublishedVersion, marks: dict[str, Any], cell: str
) -> None:
    assert read_cells(replace(version, metadata=None, **marks))[-1] == cell


@pytest.mark.parametrize(
    ("created_at", "age"),
    [
        ("2026-03-04T12:00:00", "0 seconds"),
        ("2026-03-04T11:59:59", "1 second"),
        ("2026-03-04T11:59:01", "59 seconds"),
        ("2026-03-04T11:59:00", "1 minute"),
        ("2026-03-04T11:00:01", "59 minutes"),
        ("2026-03-04T11:00:00", "1 hour"),
        ("2026-03-03T12:00:01", "23 hours"),
        ("2026-03-03T12:00:00", "1 day"),
        ("2025-03-04T12:00:00", "365 days"),
        ("2026-03-04T14:00:00+02:00", "0 seconds"),
        ("2030-01-01T00:00:00", "0 seconds"),
        ("yesterday", "-"),
    ],
)
def test_shows_the_age_in_the_largest_unit_that_fits(version: PublishedVersion, created_at: str, age: str) -> None:
    assert read_cells(change(version, created_at=created_at))[1] == age


@pytest.mark.parametrize(
    ("metrics", "cells"),
    [
        ({}, ["-", "-"]),
        ({"test": None}, ["-", "-"]),
        ({"test": [0.5]}, ["-", "-"]),
        ({"test": {"accuracy": "good", "roc_auc": None}}, ["-", "-"]),
        ({"test": {"accuracy": 1, "roc_auc": 0.99996}}, ["1.0000", "1.0000"]),
        ({"test": {"roc_auc": 0.5}, "train": {"accuracy": 0.9}}, ["-", "0.5000"]),
    ],
)
def test_shows_the_metrics_of_the_test_part_where_there_are_any(
    artifact_dir: Path, iris_artifact: Artifact, metrics: Any, cells: list[str]
) -> None:
    publish(artifact_dir, "odd", change_metadata(metrics=metrics)(build_files(iris_artifact, "odd")))
    (odd,) = [version for version in list_published(artifact_dir) if version.name == "odd"]
    assert read_cells(odd)[2:4] == cells


@pytest.mark.parametrize(("libraries", "cell"), [({}, "-"), ({"scikit-learn": "2.0"}, "2.0"), ({"numpy": "2"}, "-")])
def test_names_the_scikit_learn_that_made_it(version: PublishedVersion, libraries: dict[str, str], cell: str) -> None:
    assert read_cells(change(version, library_versions=libraries))[4] == cell
