from __future__ import annotations

from pathlib import Path

import pytest

from app.artifacts import ArtifactNotFound, InvalidVersionName, check_version_name, find_version, list_versions

RULE = "must be 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or a digit, and other than 'current'"


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


@pytest.mark.parametrize("name", ["c", "current", "../a", ".", ""])
def test_refuses_an_unknown_version_and_lists_the_published_ones(tmp_path: Path, name: str) -> None:
    publish_folders(tmp_path, "a", "b", current="a")
    with pytest.raises(ArtifactNotFound) as refused:
        find_version(tmp_path, name)
    assert str(refused.value) == (
        f"There is no version {name} in {tmp_path}. Published there: a, b. "
        "Set MODEL_VERSION to one of those, or publish one with 'make train'."
    )


def test_refuses_a_current_link_to_a_version_that_is_gone(tmp_path: Path) -> None:
    publish_folders(tmp_path, "a", "b", current="gone")
    with pytest.raises(ArtifactNotFound) as refused:
        find_version(tmp_path, None)
    assert str(refused.value) == (
        f"There is no version gone in {tmp_path}. Published there: a, b. "
        "Set MODEL_VERSION to one of those, or publish one with 'make train'."
    )


def test_says_what_to_choose_when_there_is_no_current_link(tmp_path: Path) -> None:
    publish_folders(tmp_path, "a", "b")
    with pytest.raises(ArtifactNotFound) as refused:
        find_version(tmp_path, None)
    assert str(refused.value) == (
        f"There is no current artifact in {tmp_path}. "
        "Set MODEL_VERSION to one of a, b, or publish another with 'make train'."
    )


@pytest.mark.parametrize("folder", [".", "gone"])
def test_says_what_to_type_when_nothing_is_published(tmp_path: Path, folder: str) -> None:
    artifact_dir = tmp_path / folder
    with pytest.raises(ArtifactNotFound) as refused:
        find_version(artifact_dir, None)
    assert str(refused.value) == (f"There is no current artifact in {artifact_dir}. Publish one with 'make train'.")


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


def test_refuses_a_current_link_that_leads_out(tmp_path: Path) -> None:
    publish_folders(tmp_path, "v1", current="../v1")
    with pytest.raises(ArtifactNotFound, match=r"The link .*/current leads out of"):
        find_version(tmp_path, None)
