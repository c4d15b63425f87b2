from __future__ import annotations

import errno
import os
import random
import shutil
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path

import pytest

from app.artifacts import ArtifactCorrupt, ArtifactUnreadable, LinkRefused
from app.artifacts.content import MIN_SHARED_BYTES, Content, read_content
from app.artifacts.folder import VersionFolder, open_folder
from app.artifacts.manifest import FileDigest

CONTENT = b"The content of the model."
DIGEST = FileDigest.of(CONTENT)
REMEDY = "Publish it again with 'make train', or serve another version: 'make models' lists them."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the version v1, which the tests below damage."""
    path = tmp_path / "artifacts" / "v1"
    path.mkdir(parents=True)
    (path / "model.pkl").write_bytes(CONTENT)
    (path / "metadata.json").write_bytes(b"{}")
    return path


@pytest.fixture
def folder(path: Path) -> Iterator[VersionFolder]:
    with open_folder(path.parent, "v1") as folder:
        yield folder


def link_to_a_pipe(file: Path) -> None:
    os.mkfifo(file.parent / "pipe")
    file.symlink_to("pipe")


def test_lists_everything_that_the_folder_holds(path: Path, folder: VersionFolder) -> None:
    (path / ".hidden").mkdir()
    assert folder.list_names() == {"model.pkl", "metadata.json", ".hidden"}


def test_reads_a_file_that_is_as_expected(folder: VersionFolder) -> None:
    assert folder.read_verified("model.pkl", DIGEST) == CONTENT


@pytest.mark.parametrize("n_bytes", [0, 20, MIN_SHARED_BYTES, MIN_SHARED_BYTES + 1])
def test_shares_a_file_that_is_as_expected(path: Path, folder: VersionFolder, n_bytes: int) -> None:
    content = random.Random(1).randbytes(n_bytes)
    (path / "model.pkl").write_bytes(content)
    assert folder.share_verified("model.pkl", FileDigest.of(content))[:] == content


@pytest.mark.parametrize("n_bytes", [20, MIN_SHARED_BYTES])
def test_shares_no_file_with_a_flipped_bit(path: Path, folder: VersionFolder, n_bytes: int) -> None:
    (path / "model.pkl").write_bytes(bytes(n_bytes - 1) + b"\1")
    with pytest.raises(ArtifactCorrupt, match="model.pkl does not have the SHA-256 that the manifest says"):
        folder.share_verified("model.pkl", FileDigest.of(bytes(n_bytes)))


def test_shares_no_file_that_is_cut_off_while_it_is_read(
    path: Path, folder: VersionFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"\1" * MIN_SHARED_BYTES
    (path / "model.pkl").write_bytes(content)

    def cut_off_and_read(file: BufferedReader, n_bytes: int) -> Content:
        os.truncate(path / "model.pkl", 100)
        return read_content(file, n_bytes)

    monkeypatch.setattr("app.artifacts.folder.read_content", cut_off_and_read)
    with pytest.raises(ArtifactCorrupt, match="model.pkl does not have the SHA-256 that the manifest says"):
        folder.share_verified("model.pkl", FileDigest.of(content))


def test_reads_an_empty_file_that_should_be_empty(path: Path, folder: VersionFolder) -> None:
    (path / "model.pkl").write_bytes(b"")
    assert folder.read_verified("model.pkl", FileDigest.of(b"")) == b""


def test_reads_a_hard_link(path: Path, folder: VersionFolder) -> None:
    os.link(path / "model.pkl", path.parent / "the same")
    assert folder.read_verified("model.pkl", DIGEST) == CONTENT


@pytest.mark.parametrize(
    ("replace", "fault"),
    [
        (lambda file: None, "model.pkl is missing"),
        (os.mkfifo, "model.pkl is not a regular file"),
        (link_to_a_pipe, "model.pkl is not a regular file"),
        (lambda file: file.symlink_to("."), "model.pkl is not a regular file"),
        (lambda file: file.symlink_to("metadata.json"), "model.pkl has 2 bytes where the manifest says 25"),
        (lambda file: file.write_bytes(CONTENT[:-1]), "model.pkl has 24 bytes where the manifest says 25"),
        (lambda file: file.write_bytes(CONTENT + b"!"), "model.pkl has 26 bytes where the manifest says 25"),
        (lambda file: file.write_bytes(b""), "model.pkl has 0 bytes where the manifest says 25"),
        (
            lambda file: file.write_bytes(CONTENT.swapcase()),
            "model.pkl does not have the SHA-256 that the manifest says",
        ),
    ],
)
def test_refuses_what_stands_in_place_of_a_file(
    path: Path, folder: VersionFolder, replace: Callable[[Path], object], fault: str
) -> None:
    (path / "model.pkl").unlink()
    replace(path / "model.pkl")
    with pytest.raises(ArtifactCorrupt) as refused:
        folder.read_verified("model.pkl", DIGEST)
    assert str(refused.value) == f"Artifact v1 is corrupt: {fault}. {REMEDY}"


def test_reads_no_more_than_the_manifest_says_of_a_file_that_grows(
    path: Path, folder: VersionFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    fstat = os.fstat

    def look_and_grow(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        (path / "model.pkl").write_bytes(CONTENT * 1000)
        return status

    monkeypatch.setattr(os, "fstat", look_and_grow)
    assert folder.read_verified("model.pkl", DIGEST) == CONTENT


def test_refuses_a_file_that_shrinks_while_it_is_read(
    path: Path, folder: VersionFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    fstat = os.fstat

    def look_and_shrink(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        os.truncate(path / "model.pkl", 3)
        return status

    monkeypatch.setattr(os, "fstat", look_and_shrink)
    with pytest.raises(ArtifactCorrupt, match="model.pkl does not have the SHA-256 that the manifest says"):
        folder.read_verified("model.pkl", DIGEST)


@pytest.mark.parametrize(
    ("name", "most_bytes", "read"),
    [
        ("metadata.json", 67_108_864, VersionFolder.read_metadata),
        ("metadata.json.sig", 1024, VersionFolder.read_signature),
    ],
)
def test_refuses_a_file_that_is_longer_than_any_needs_to_be(
    path: Path, folder: VersionFolder, name: str, most_bytes: int, read: Callable[[VersionFolder], object]
) -> None:
    (path / name).touch()
    os.truncate(path / name, most_bytes + 1)
    with pytest.raises(ArtifactCorrupt) as refused:
        read(folder)
    assert refused.value.fault == f"{name} has {most_bytes + 1} bytes, more than the {most_bytes} allowed"


@pytest.mark.parametrize("content", [None, b"", b"s" * 1024])
def test_reads_the_signature_if_there_is_one(path: Path, folder: VersionFolder, content: bytes | None) -> None:
    if content is not None:
        (path / "metadata.json.sig").write_bytes(content)
    assert folder.read_signature() == content


def test_reads_on_from_the_folder_that_was_opened_when_another_takes_its_name(
    path: Path, folder: VersionFolder
) -> None:
    path.rename(path.parent / "away")
    path.mkdir()
    (path / "model.pkl").write_bytes(b"The content of another.")
    assert folder.read_verified("model.pkl", DIGEST) == CONTENT


def test_refuses_a_folder_that_is_removed_while_open(path: Path, folder: VersionFolder) -> None:
    shutil.rmtree(path)
    with pytest.raises(ArtifactCorrupt, match="metadata.json is missing"):
        folder.read_metadata()


@pytest.mark.parametrize(
    ("replace", "reason"),
    [
        (lambda path: path.symlink_to("gone"), "No such file or directory"),
        (Path.touch, "Not a directory"),
        (lambda path: None, "No such file or directory"),
    ],
)
def test_refuses_what_stands_in_place_of_the_folder(path: Path, replace: Callable[[Path], object], reason: str) -> None:
    path.rename(path.parent / "away")
    replace(path)
    with pytest.raises(ArtifactUnreadable) as refused, open_folder(path.parent, "v1"):
        pass
    assert str(refused.value) == (f"Artifact v1 cannot be read: its folder: {reason}.")


@pytest.mark.parametrize("name", ["model.pkl", "gone", "metadata.json"])
def test_leaves_no_file_open(path: Path, name: str) -> None:
    (path / "gone").symlink_to("elsewhere")
    before = os.listdir("/proc/self/fd")
    try:
        with open_folder(path.parent, "v1") as folder:
            folder.read_verified(name, DIGEST)
    except (ArtifactCorrupt, LinkRefused):
        pass
    assert os.listdir("/proc/self/fd") == before


def test_leaves_nothing_open_where_a_folder_stands_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "v1" / "model.pkl").mkdir(parents=True)
    before = os.listdir("/proc/self/fd")
    with open_folder(tmp_path, "v1") as folder, pytest.raises(ArtifactCorrupt, match="model.pkl is not a regular file"):
        folder.read_verified("model.pkl", FileDigest.of(b""))
    assert os.listdir("/proc/self/fd") == before


def test_refuses_a_file_that_no_memory_holds(tmp_path: Path) -> None:
    size = 2**43
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "model.pkl").touch()
    os.truncate(tmp_path / "v1" / "model.pkl", size)
    with open_folder(tmp_path, "v1") as folder, pytest.raises(ArtifactUnreadable, match="does not fit into the memory"):
        folder.read_verified("model.pkl", FileDigest(size, "0" * 64))
    with open_folder(tmp_path, "v1") as folder, pytest.raises(ArtifactUnreadable, match="does not fit into the memory"):
        folder.share_verified("model.pkl", FileDigest(size, "0" * 64))


def test_says_why_a_file_cannot_be_read_once_it_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "model.pkl").write_bytes(b"model")

    def fail(descriptor: int) -> os.stat_result:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with (
        open_folder(tmp_path, "v1") as folder,
        pytest.raises(ArtifactUnreadable, match="model.pkl: Input/output error"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(os, "fstat", fail)
            folder.read_verified("model.pkl", FileDigest.of(b"model"))
