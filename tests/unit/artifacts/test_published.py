from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.artifacts import (
    ArtifactNotFound,
    InvalidVersionName,
    check_version_name,
    find_version,
    is_published,
    list_versions,
    read_link,
)

RULE = "must be 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or a digit, and other than 'current'"

CHOICE = (
    "Published there: a, b. Make one of them the current one with 'make promote VERSION=...', "
    "choose one with MODEL_VERSION, or publish another with 'make train'."
)


def publish_folders(artifact_dir: Path, *versions: str, current: str | None = None) -> None:
    for version in versions:
        (artifact_dir / version).mkdir()
    if current is not None:
        (artifact_dir / "current").symlink_to(current)


@pytest.mark.parametrize("name", ["1", "v1", "20240501T101112.123Z", "A-b_c.d", "x" * 64, "Current", "current1"])
def test_accepts_a_name(name: str) -> None:
    check_version_name(name)


@pytest.mark.parametrize(
    "name", ["", "current", ".", "..", ".hidden", "-x", "_x", "a/b", "../x", "a b", "a\n", "é", "x" * 65, "a\0"]
)
def test_refuses_a_name_with_the_rule(name: str) -> None:
    with pytest.raises(InvalidVersionName) as refused:
        check_version_name(name)
    assert str(refused.value) == f"The version name {RULE}, not {name!r}."


def test_lists_published_versions_only_and_sorted(tmp_path: Path) -> None:
    publish_folders(tmp_path, "b", "a", ".publishing-c", current="b")
    (tmp_path / "notes.txt").touch()
    assert list_versions(tmp_path) == ["a", "b"]


def test_lists_nothing_where_there_is_no_folder(tmp_path: Path) -> None:
    assert list_versions(tmp_path / "gone") == []


def test_finds_the_current_version(tmp_path: Path) -> None:
    publish_folders(tmp_path, "a", "b", current="a")
    assert find_version(tmp_path, None) == "a"


def test_a_version_asked_for_wins_over_the_current_one(tmp_path: Path) -> None:
    publish_folders(tmp_path, "a", "b", current="a")
    assert find_version(tmp_path, "b") == "b"


@pytest.mark.parametrize("name", ["c", "../a", ".", ""])
def test_refuses_an_unknown_version_and_lists_the_published_ones(tmp_path: Path, name: str) -> None:
    publish_folders(tmp_path, "a", "b", current="a")
    with pytest.raises(ArtifactNotFound) as refused:
        find_version(tmp_path, name)
    assert str(refused.value) == f"There is no version {name} in {tmp_path}. {CHOICE}"


def test_refuses_a_current_link_to_a_version_that_is_gone(tmp_path: Path) -> None:
    publish_folders(tmp_path, "a", "b", current="gone")
    with pytest.raises(ArtifactNotFound) as refused:
        find_version(tmp_path, None)
    assert str(refused.value) == f"The link {tmp_path}/current names version gone, which is not there. {CHOICE}"


def test_says_what_to_choose_when_there_is_no_current_link(tmp_path: Path) -> None:
    publish_folders(tmp_path, "a", "b")
    with pytest.raises(ArtifactNotFound) as refused:
        find_version(tmp_path, None)
    assert str(refused.value) == f"There is no current version in {tmp_path}. {CHOICE}"


@pytest.mark.parametrize("folder", [".", "gone"])
def test_says_what_to_type_when_nothing_is_published(tmp_path: Path, folder: str) -> None:
    artifact_dir = tmp_path / folder
    with pytest.raises(ArtifactNotFound) as refused:
        find_version(artifact_dir, None)
    assert str(refused.value) == (
        f"There is no current version in {artifact_dir}. "
        "Nothing is published there: publish a version with 'make train'."
    )


def test_finds_the_version_that_became_current_a_moment_ago(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_folders(tmp_path, "v1", current="v1")
    readlink = Path.readlink

    def publish_meanwhile(link: Path) -> Path:
        (tmp_path / "v2").mkdir()
        link.unlink()
        link.symlink_to("v2")
        return readlink(link)

    monkeypatch.setattr(Path, "readlink", publish_meanwhile)
    assert find_version(tmp_path, None) == "v2"


def test_a_folder_called_current_is_no_version(tmp_path: Path) -> None:
    publish_folders(tmp_path, "v1", "current")
    assert list_versions(tmp_path) == ["v1"]


@pytest.mark.parametrize("target", ["../a", "/", ".", "..", "a/b", "../../elsewhere/a", "current", ".hidden"])
def test_refuses_a_current_link_that_leads_out(tmp_path: Path, target: str) -> None:
    publish_folders(tmp_path, "a", "b")
    (tmp_path / "current").symlink_to(target)
    with pytest.raises(ArtifactNotFound) as refused:
        find_version(tmp_path, None)
    assert str(refused.value) == f"The link {tmp_path}/current leads out of {tmp_path}. {CHOICE}"


def test_follows_a_current_link_by_its_whole_path(tmp_path: Path) -> None:
    publish_folders(tmp_path, "a", "b", current=str(tmp_path / "a"))
    assert find_version(tmp_path, None) == "a"


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_refuses_a_current_that_is_no_link(tmp_path: Path, make: Callable[[Path], None]) -> None:
    publish_folders(tmp_path, "a", "b")
    make(tmp_path / "current")
    with pytest.raises(ArtifactNotFound) as refused:
        find_version(tmp_path, None)
    assert (
        str(refused.value) == f"{tmp_path}/current cannot be followed: it is not a symbolic link; remove it. {CHOICE}"
    )


@pytest.mark.parametrize(
    ("version", "beginning"),
    [
        ("alias", "There is no version alias in {0}"),
        (None, "The link {0}/current names version alias, which is not there"),
    ],
)
def test_refuses_a_version_that_is_a_link_to_another(tmp_path: Path, version: str | None, beginning: str) -> None:
    publish_folders(tmp_path, "a", "b", current="alias")
    (tmp_path / "alias").symlink_to("a")
    with pytest.raises(ArtifactNotFound) as refused:
        find_version(tmp_path, version)
    assert str(refused.value) == (
        f"{beginning.format(tmp_path)} (it is a symbolic link that leads to no folder of that name in there). {CHOICE}"
    )


def test_says_that_the_folder_of_versions_is_a_file(tmp_path: Path) -> None:
    artifact_dir = tmp_path / "artifacts"
    artifact_dir.touch()
    with pytest.raises(ArtifactNotFound) as refused:
        list_versions(artifact_dir)
    assert str(refused.value) == f"The folder {artifact_dir} cannot be read: Not a directory."


@pytest.mark.parametrize("version", [None, "v1"])
def test_says_so_too_where_a_version_of_it_is_asked_for(tmp_path: Path, version: str | None) -> None:
    artifact_dir = tmp_path / "artifacts"
    artifact_dir.touch()
    with pytest.raises(ArtifactNotFound) as refused:
        find_version(artifact_dir, version)
    assert str(refused.value).endswith(f". The folder {artifact_dir} cannot be read: Not a directory.")


def test_a_file_in_place_of_a_version_is_no_version(tmp_path: Path) -> None:
    publish_folders(tmp_path, "a", "b")
    (tmp_path / "c").touch()
    assert not is_published(tmp_path, "c")


def test_reads_a_link_to_a_version_that_is_not_there(tmp_path: Path) -> None:
    publish_folders(tmp_path, "a", current="gone")
    assert read_link(tmp_path, "current") == "gone"


def test_reads_nothing_where_there_is_no_link(tmp_path: Path) -> None:
    assert read_link(tmp_path, ".previous") is None


def test_refuses_a_current_link_through_a_loop(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "current").symlink_to("loop/a")
    with pytest.raises(ArtifactNotFound, match="leads out of"):
        find_version(tmp_path, None)


def test_refuses_a_name_that_is_too_long_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(ArtifactNotFound, match="There is no version x"):
        find_version(tmp_path, "x" * 300)
