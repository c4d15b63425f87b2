from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.artifacts import (
    Artifact,
    ArtifactCorrupt,
    ArtifactError,
    ArtifactNotFound,
    ArtifactUntrusted,
    list_versions,
)
from app.model import promotion
from app.model.promotion import promote, prune, roll_back
from app.publishing.store import publish
from app.settings import Settings
from tests.support.broken_artifacts import build_files, change_golden_labels, flip_bit
from tests.support.signing_keys import write_signing_key
from tests.support.small_versions import is_locked, publish_copy, read_links

VERSIONS = ("v1", "v2", "v3", "v4")
NO_PREVIOUS = (
    "There is no previous version in {}. 'make models' lists what is published; 'make promote VERSION=...' makes one "
    "of those the current one."
)


@pytest.fixture
def settings(tmp_path: Path, iris_artifact: Artifact) -> Settings:
    """Return the settings of a folder with four versions, one a day: `v4` is current, `v3` was."""
    for day, version in enumerate(VERSIONS, start=1):
        publish_copy(tmp_path, iris_artifact, version, created_at=f"2026-03-0{day}T12:00:00+00:00")
    return Settings(artifact_dir=tmp_path)


def record_lock(monkeypatch: pytest.MonkeyPatch, name: str, artifact_dir: Path) -> list[bool]:
    """Record in the list that is returned whether the folder is locked whenever `promotion` calls `name`."""
    states: list[bool] = []
    call: Callable[..., Any] = getattr(promotion, name)

    def record(*arguments: Any, **options: Any) -> Any:
        states.append(is_locked(artifact_dir))
        return call(*arguments)

    monkeypatch.setattr(promotion, name, record)
    return states


def test_promotes_a_version_and_remembers_the_one_before(settings: Settings) -> None:
    assert promote(settings, "v1").metadata.version == "v1"
    assert read_links(settings.artifact_dir) == ("v1", "v4")


def test_promotes_the_version_that_is_asked_for_though_the_server_has_another(settings: Settings) -> None:
    pinned = Settings(artifact_dir=settings.artifact_dir, model_version="v2")
    assert promote(pinned, "v1").metadata.version == "v1"
    assert read_links(settings.artifact_dir) == ("v1", "v4")


def test_promoting_the_current_version_changes_nothing(settings: Settings) -> None:
    promote(settings, "v4")
    assert read_links(settings.artifact_dir) == ("v4", "v3")


def test_does_not_promote_a_version_that_answers_otherwise_than_its_golden_rows(
    settings: Settings, iris_artifact: Artifact
) -> None:
    publish(settings.artifact_dir, "v5", change_golden_labels(build_files(iris_artifact, "v5")))
    promote(settings, "v1")
    with pytest.raises(ArtifactCorrupt, match="labels differ from golden.json"):
        promote(settings, "v5")
    assert read_links(settings.artifact_dir) == ("v1", "v5")


def test_waits_for_a_version_as_long_as_the_settings_say(settings: Settings, iris_artifact: Artifact) -> None:
    publish(settings.artifact_dir, "v5", build_files(iris_artifact, "v5", "import signal; signal.pause()"))
    promote(settings, "v1")
    with pytest.raises(ArtifactError, match=r"^Artifact v5 took longer than 1 s to load .* LOAD_TIMEOUT_SECONDS"):
        promote(replace(settings, load_timeout_seconds=1), "v5")
    assert read_links(settings.artifact_dir) == ("v1", "v5")


def test_does_not_promote_a_version_with_a_flipped_bit(settings: Settings) -> None:
    flip_bit(settings.artifact_dir / "v1")
    with pytest.raises(ArtifactCorrupt) as refused:
        promote(settings, "v1")
    assert refused.value.fault == "model.pkl does not have the SHA-256 that the manifest says"
    assert read_links(settings.artifact_dir) == ("v4", "v3")


def test_does_not_promote_what_is_not_signed_where_a_signature_is_asked_for(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    key = write_signing_key(tmp_path_factory.mktemp("keys"))
    strict = Settings(artifact_dir=settings.artifact_dir, artifact_public_key_file=key.public_file)
    with pytest.raises(ArtifactUntrusted, match="it is not signed"):
        promote(strict, "v1")
    assert read_links(settings.artifact_dir) == ("v4", "v3")


@pytest.mark.parametrize("version", ["v9", "current", "../v1", "v1/", ".lock", "V1"])
def test_does_not_promote_what_is_no_version(settings: Settings, version: str) -> None:
    with pytest.raises(ArtifactNotFound, match=f"^There is no version {version} in "):
        promote(settings, version)
    assert read_links(settings.artifact_dir) == ("v4", "v3")


def test_promotes_where_no_version_is_current(settings: Settings) -> None:
    for link in ("current", ".previous"):
        (settings.artifact_dir / link).unlink()
    promote(settings, "v1")
    assert read_links(settings.artifact_dir) == ("v1", None)


def test_rolls_back_and_twice_leads_back_again(settings: Settings) -> None:
    assert roll_back(settings).metadata.version == "v3"
    assert read_links(settings.artifact_dir) == ("v3", "v4")
    assert roll_back(settings).metadata.version == "v4"
    assert read_links(settings.artifact_dir) == ("v4", "v3")


def test_rolls_back_from_a_current_version_that_is_gone(settings: Settings) -> None:
    (settings.artifact_dir / "v4").rename(settings.artifact_dir / ".gone")
    roll_back(settings)
    assert read_links(settings.artifact_dir) == ("v3", "v3")
    with pytest.raises(ArtifactNotFound) as refused:
        roll_back(settings)
    assert str(refused.value) == NO_PREVIOUS.format(settings.artifact_dir)


def test_does_not_roll_back_where_only_one_version_has_ever_been_current(
    tmp_path: Path, iris_artifact: Artifact
) -> None:
    publish_copy(tmp_path, iris_artifact, "v1")
    with pytest.raises(ArtifactNotFound) as refused:
        roll_back(Settings(artifact_dir=tmp_path))
    assert str(refused.value) == NO_PREVIOUS.format(tmp_path)
    assert read_links(tmp_path) == ("v1", None)


def test_does_not_roll_back_to_a_version_that_is_gone(settings: Settings) -> None:
    (settings.artifact_dir / "v3").rename(settings.artifact_dir / ".gone")
    with pytest.raises(ArtifactNotFound, match="^There is no version v3 in "):
        roll_back(settings)
    assert read_links(settings.artifact_dir) == ("v4", "v3")


def test_does_not_roll_back_to_a_broken_version(settings: Settings) -> None:
    flip_bit(settings.artifact_dir / "v3")
    with pytest.raises(ArtifactCorrupt):
        roll_back(settings)
    assert read_links(settings.artifact_dir) == ("v4", "v3")


def test_does_not_roll_back_to_where_a_link_leads_out_of_the_folder(settings: Settings) -> None:
    (settings.artifact_dir / ".previous").unlink()
    (settings.artifact_dir / ".previous").symlink_to("../v3")
    with pytest.raises(ArtifactNotFound, match=r"^The link .*/\.previous leads out of "):
        roll_back(settings)
    assert read_links(settings.artifact_dir) == ("v4", "../v3")


@pytest.mark.parametrize(
    ("n_kept", "removed"),
    [(0, ["v2", "v1"]), (1, ["v2", "v1"]), (2, ["v2", "v1"]), (3, ["v1"]), (4, []), (9, [])],
)
def test_removes_all_but_the_newest_and_never_the_current_or_the_previous_one(
    settings: Settings, n_kept: int, removed: list[str]
) -> None:
    assert prune(settings, n_kept) == removed
    assert list_versions(settings.artifact_dir) == [version for version in VERSIONS if version not in removed]
    assert read_links(settings.artifact_dir) == ("v4", "v3")


def test_never_removes_the_current_or_the_previous_one_though_they_are_the_oldest(settings: Settings) -> None:
    promote(settings, "v2")
    promote(settings, "v1")
    assert prune(settings, 0) == ["v4", "v3"]
    assert prune(settings, 0) == []
    assert read_links(settings.artifact_dir) == ("v1", "v2")


def test_never_removes_the_version_that_the_settings_name(settings: Settings) -> None:
    pinned = Settings(artifact_dir=settings.artifact_dir, model_version="v1")
    assert prune(pinned, 0) == ["v2"]
    assert list_versions(settings.artifact_dir) == ["v1", "v3", "v4"]


def test_leaves_alone_what_may_be_no_version_at_all(settings: Settings) -> None:
    (settings.artifact_dir / "backup").mkdir()
    (settings.artifact_dir / "v2" / "metadata.json").unlink()
    assert prune(settings, 0) == ["v1"]
    assert {"backup", "v2"} <= set(list_versions(settings.artifact_dir))


def test_removes_whole_folders_and_leaves_no_litter(settings: Settings) -> None:
    prune(settings, 0)
    assert sorted(os.listdir(settings.artifact_dir)) == [".lock", ".previous", "current", "v3", "v4"]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda settings: promote(settings, "v1"), "accept_version"),
        (lambda settings: promote(settings, "v1"), "make_current"),
        (roll_back, "read_link"),
        (roll_back, "make_current"),
        (lambda settings: prune(settings, 3), "list_published"),
        (lambda settings: prune(settings, 3), "remove_version"),
    ],
)
def test_has_others_wait_from_its_first_look_to_its_last_change(
    settings: Settings, change: Callable[[Settings], object], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = record_lock(monkeypatch, name, settings.artifact_dir)
    change(settings)
    assert set(states) == {True}
    assert not is_locked(settings.artifact_dir)


@pytest.mark.parametrize("change", [lambda settings: promote(settings, "v1"), roll_back, lambda each: prune(each, 0)])
def test_changes_nothing_where_the_folder_cannot_be_locked(
    settings: Settings, change: Callable[[Settings], object]
) -> None:
    (settings.artifact_dir / ".lock").unlink()
    (settings.artifact_dir / ".lock").mkdir()
    with pytest.raises(IsADirectoryError):
        change(settings)
    assert (list_versions(settings.artifact_dir), read_links(settings.artifact_dir)) == (list(VERSIONS), ("v4", "v3"))
