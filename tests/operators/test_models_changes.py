from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.artifacts import Artifact, list_versions
from app.publishing.store import publish
from app.settings import Settings
from tests.support.broken_artifacts import build_files, change_golden_labels
from tests.support.model_commands import REMEDY, Run, build_run
from tests.support.small_versions import publish_copy, read_links

HINT = "A running server takes it over at 'make reload'."


def test_promotes_and_says_how_a_server_takes_it_over(run: Run, artifact_dir: Path) -> None:
    assert run("promote", "v1") == (0, f"Version v1 is the current one.\n{HINT}\n")
    assert read_links(artifact_dir) == ("v1", "v3")


def test_does_not_promote_a_broken_version(run: Run, artifact_dir: Path, iris_artifact: Artifact) -> None:
    publish(artifact_dir, "v4", change_golden_labels(build_files(iris_artifact, "v4")))
    run("promote", "v1")
    fault = "the self-test failed: labels differ from golden.json"
    assert run("promote", "v4") == (1, f"Error: Artifact v4 is corrupt: {fault}. {REMEDY}\n")
    assert read_links(artifact_dir) == ("v1", "v4")


def test_rolls_back_and_forth(run: Run, artifact_dir: Path) -> None:
    for current, previous in (("v2", "v3"), ("v3", "v2")):
        assert run("rollback") == (0, f"Version {current} is the current one.\n{HINT}\n")
        assert read_links(artifact_dir) == (current, previous)


def test_does_not_roll_back_where_there_is_no_previous_version(run: Run, artifact_dir: Path) -> None:
    (artifact_dir / ".previous").unlink()
    assert run("rollback") == (
        1,
        f"Error: There is no previous version in {artifact_dir}. 'make models' lists what is published; "
        "'make promote VERSION=...' makes one of those the current one.\n",
    )
    assert read_links(artifact_dir) == ("v3", None)


def test_names_what_it_removes(run: Run, artifact_dir: Path, iris_artifact: Artifact) -> None:
    publish_copy(artifact_dir, iris_artifact, "v4", created_at="2026-03-04T12:00:00+00:00")
    assert run("prune", "--keep", "2") == (0, "Removed: v2, v1.\n")
    assert list_versions(artifact_dir) == ["v3", "v4"]


@pytest.mark.parametrize("n_kept", ["0", "1", "2"])
def test_prune_never_removes_the_current_or_the_previous_version(run: Run, artifact_dir: Path, n_kept: str) -> None:
    assert run("prune", "--keep", n_kept) == (0, "Removed: v1.\n")
    assert (list_versions(artifact_dir), read_links(artifact_dir)) == (["v2", "v3"], ("v3", "v2"))


def test_prune_says_that_there_is_nothing_to_remove(run: Run) -> None:
    assert run("prune", "--keep", "3") == (0, "There is nothing to remove.\n")


@pytest.mark.parametrize("arguments", [("promote", "v1"), ("rollback",), ("prune", "--keep", "0")])
def test_changes_nothing_where_the_folder_cannot_be_written(
    run: Run, artifact_dir: Path, arguments: tuple[str, ...]
) -> None:
    lock = artifact_dir / ".lock"
    lock.unlink()
    lock.mkdir()
    assert run(*arguments) == (1, f"Error: {lock}: Is a directory.\n")
    assert (list_versions(artifact_dir), read_links(artifact_dir)) == (["v1", "v2", "v3"], ("v3", "v2"))


@pytest.mark.parametrize("arguments", [("promote", "v1"), ("rollback",), ("prune", "--keep", "0")])
def test_changes_nothing_where_a_file_stands_in_the_place_of_the_folder(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "file").touch()
    run = build_run(Settings(artifact_dir=tmp_path / "file"))
    assert run(*arguments) == (1, f"Error: {tmp_path}/file/.lock: Not a directory.\n")


@pytest.mark.parametrize("arguments", [("promote", "v1"), ("rollback",), ("prune", "--keep", "0")])
def test_says_that_there_is_no_folder(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    run = build_run(Settings(artifact_dir=tmp_path / "none"))
    sentence = f"Error: There is no folder {tmp_path}/none: publish a version with 'make train'.\n"
    assert run(*arguments) == (1, sentence)


def test_an_empty_name_is_no_version(run: Run, artifact_dir: Path) -> None:
    status, printed = run("promote", "")
    assert (status, printed.startswith(f"Error: There is no version  in {artifact_dir}.")) == (1, True)
    assert read_links(artifact_dir) == ("v3", "v2")


def test_names_what_was_removed_before_a_version_that_cannot_be(
    run: Run, artifact_dir: Path, iris_artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_copy(artifact_dir, iris_artifact, "v4", created_at="2026-03-04T12:00:00+00:00")
    publish_copy(artifact_dir, iris_artifact, "v5", created_at="2026-03-05T12:00:00+00:00")
    rename = Path.rename

    def fail_for_v1(path: Path, target: Path) -> Path:
        if path.name == "v1":
            raise OSError(16, "Device or resource busy")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_for_v1)
    sentence = "Error: Version v1 cannot be removed: Device or resource busy. Removed before it: v3, v2.\n"
    assert run("prune", "--keep", "2") == (1, sentence)


def test_names_no_file_where_an_error_has_none(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fail)
    assert run("promote", "v1") == (1, "Error: Resource temporarily unavailable.\n")
