"""Links in place of a version's files or of its folder: those within the folder of versions are followed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.artifacts import ArtifactUnreadable, LinkRefused
from app.artifacts.folder import VersionFolder, open_folder
from tests.unit.artifacts.test_folder import CONTENT, DIGEST, folder, path

__all__ = ["folder", "path"]


def link_to_a_copy(file: Path) -> None:
    (file.parent / "copy.pkl").write_bytes(CONTENT)
    file.symlink_to("copy.pkl")


def link_as_kubernetes(file: Path) -> None:
    """Have the link lead over another, which Kubernetes replaces when the volume changes."""
    (file.parent / "..2026").mkdir()
    (file.parent / "..2026" / file.name).write_bytes(CONTENT)
    (file.parent / "..data").symlink_to("..2026")
    file.symlink_to(f"..data/{file.name}")


def link_within_the_folder_of_versions(file: Path) -> None:
    (file.parent.parent / ".cache").mkdir()
    (file.parent.parent / ".cache" / "1a2b").write_bytes(CONTENT)
    file.symlink_to(file.parent.parent / ".cache" / "1a2b")


def link_out(file: Path) -> None:
    """Have the link lead to the very content, but in a folder beside that of the versions."""
    (file.parent.parent.parent / "artifacts-2").mkdir()
    (file.parent.parent.parent / "artifacts-2" / file.name).write_bytes(CONTENT)
    file.symlink_to(f"../../artifacts-2/{file.name}")


def link_out_on_the_way(file: Path) -> None:
    (file.parent / "..data").symlink_to("/dev")
    file.symlink_to("..data/zero")


@pytest.mark.parametrize("link", [link_to_a_copy, link_as_kubernetes, link_within_the_folder_of_versions])
def test_follows_a_link_within_the_folder_of_versions(
    path: Path, folder: VersionFolder, link: Callable[[Path], object]
) -> None:
    (path / "model.pkl").unlink()
    link(path / "model.pkl")
    assert folder.read_verified("model.pkl", DIGEST) == CONTENT


@pytest.mark.parametrize(
    ("link", "where"),
    [
        (link_out, "out of {0}"),
        (link_out_on_the_way, "out of {0}"),
        (lambda file: file.symlink_to("/dev/zero"), "out of {0}"),
        (lambda file: file.symlink_to("gone"), "nowhere"),
    ],
)
def test_opens_nothing_that_a_link_out_leads_to(
    path: Path, folder: VersionFolder, monkeypatch: pytest.MonkeyPatch, link: Callable[[Path], object], where: str
) -> None:
    (path / "model.pkl").unlink()
    link(path / "model.pkl")
    opened: list[object] = []
    open_file = os.open

    def open_and_record(name: str, *rest: int, **more: int) -> int:
        opened.append(name)
        return open_file(name, *rest, **more)

    with monkeypatch.context() as patched, pytest.raises(LinkRefused) as refused:
        patched.setattr(os, "open", open_and_record)
        folder.read_verified("model.pkl", DIGEST)
    assert opened == ["model.pkl"]
    assert str(refused.value) == (
        f"Artifact v1 cannot be read: model.pkl is a symbolic link that leads {where.format(path.parent)}. Copy the "
        f"version into {path.parent} with what its links lead to, as 'cp -RL' does."
    )


def test_says_why_a_link_cannot_be_followed(path: Path, folder: VersionFolder) -> None:
    (path / "model.pkl").unlink()
    (path / "model.pkl").symlink_to("model.pkl")
    with pytest.raises(ArtifactUnreadable, match="model.pkl: Too many levels of symbolic links"):
        folder.read_verified("model.pkl", DIGEST)


def test_follows_a_link_to_the_folder_itself_and_a_link_above_it(path: Path) -> None:
    (path.parent / "..data").mkdir()
    path.rename(path.parent / "..data" / "v1")
    path.symlink_to("..data/v1")
    (path.parent.parent / "mounted").symlink_to("artifacts")
    with open_folder(path.parent.parent / "mounted", "v1") as folder:
        assert folder.read_verified("model.pkl", DIGEST) == CONTENT


def test_refuses_a_signature_that_is_a_link(path: Path, folder: VersionFolder) -> None:
    (path / "metadata.json.sig").symlink_to("gone")
    with pytest.raises(LinkRefused, match="metadata.json.sig is a symbolic link that leads nowhere"):
        folder.read_signature()


@pytest.mark.parametrize("target", ["away", "../../v1"])
def test_refuses_a_link_to_another_version_or_out_in_place_of_the_folder(path: Path, target: str) -> None:
    path.rename(path.parent / "away")
    (path.parent.parent.parent / "v1").mkdir(exist_ok=True)
    path.symlink_to(target)
    with pytest.raises(LinkRefused) as refused, open_folder(path.parent, "v1"):
        pass
    assert str(refused.value).startswith(
        f"Artifact v1 cannot be read: its folder is a symbolic link that leads to no folder v1 in {path.parent}. Copy "
    )
