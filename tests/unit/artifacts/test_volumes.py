"""Versions in volumes and folders as clusters and operating systems make them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.artifacts import find_version, list_versions, read_artifact
from tests.unit.artifacts.test_reading import files, folder

__all__ = ["files", "folder"]


@pytest.mark.parametrize(
    "name", [".DS_Store", "._model.pkl", "Thumbs.db", "desktop.ini", "lost+found", "@eaDir", ".nfs0001", "..data"]
)
@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_passes_over_what_operating_systems_leave(folder: Path, name: str, make: Callable[[Path], object]) -> None:
    make(folder / name)
    assert read_artifact(folder.parent).metadata.version == "iris"


@pytest.mark.parametrize("is_volume_of_versions", [True, False])
def test_reads_a_version_from_a_volume_of_kubernetes(
    tmp_path: Path, files: dict[str, bytes], is_volume_of_versions: bool
) -> None:
    """The volume holds the folders of versions, or is that of one; it links what it holds to what is in `..data`."""
    volume = tmp_path if is_volume_of_versions else tmp_path / "iris"
    content = volume / "..2026_11_28" / ("iris" if is_volume_of_versions else "")
    content.mkdir(parents=True)
    for name, file in files.items():
        (content / name).write_bytes(file)
    (volume / "..data").symlink_to("..2026_11_28")
    for name in ["iris"] if is_volume_of_versions else files:
        (volume / name).symlink_to(f"..data/{name}")
    assert read_artifact(tmp_path, "iris").model_bytes == files["model.pkl"]


def test_finds_a_version_whose_folder_is_a_link_as_in_a_volume_of_kubernetes(tmp_path: Path) -> None:
    (tmp_path / "..2026" / "v1").mkdir(parents=True)
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "v1").symlink_to("..data/v1")
    assert (list_versions(tmp_path), find_version(tmp_path, "v1")) == (["v1"], "v1")


@pytest.mark.parametrize("target", ["../elsewhere/v1", "gone", "v1", "file/v1", "a/v1"])
def test_a_link_out_or_to_nothing_is_no_version(tmp_path: Path, target: str) -> None:
    (tmp_path / "artifacts" / "a").mkdir(parents=True)
    (tmp_path / "artifacts" / "a" / "v1").touch()
    (tmp_path / "elsewhere" / "v1").mkdir(parents=True)
    (tmp_path / "artifacts" / "v1").symlink_to(target)
    assert list_versions(tmp_path / "artifacts") == ["a"]


def test_what_operating_systems_leave_is_no_version(tmp_path: Path) -> None:
    for name in (".DS_Store", "._v1", "Thumbs.db", "desktop.ini"):
        (tmp_path / name).touch()
    for name in ("lost+found", "@eaDir", "..2026_11_28"):
        (tmp_path / name).mkdir()
    assert list_versions(tmp_path) == []
