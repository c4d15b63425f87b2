from __future__ import annotations

import errno
import fcntl
import itertools
import os
import re
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.artifacts import CURRENT_LINK, PREVIOUS_LINK, InvalidVersionName, StorageUnsuitable, list_versions, read_link
from app.publishing.store import VersionExists, check_publishable, publish
from tests.support.running_server import wait_until
from tests.support.small_versions import is_locked

FILES = {"model.pkl": b"model", "metadata.json": b"metadata"}


@pytest.fixture
def artifact_dir(tmp_path: Path) -> Path:
    """Return a folder where one version, v1, is published."""
    publish(tmp_path / "artifacts", "v1", FILES)
    return tmp_path / "artifacts"


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def read_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read_versions(artifact_dir: Path) -> dict[str, dict[str, bytes]]:
    return {version: read_files(artifact_dir / version) for version in list_versions(artifact_dir)}


def name_current(artifact_dir: Path) -> str:
    return str((artifact_dir / CURRENT_LINK).readlink())


def call_at_each_sync(monkeypatch: pytest.MonkeyPatch, call: Callable[[int], object]) -> None:
    """Call `call` with the descriptor whenever something is synced, which is after each step of a publishing."""
    fsync = os.fsync

    def watch(descriptor: int) -> None:
        fsync(descriptor)
        call(descriptor)

    monkeypatch.setattr(os, "fsync", watch)


def test_publishes_the_files_and_makes_them_the_current_version(tmp_path: Path) -> None:
    folder = publish(tmp_path / "new" / "folder", "v1", FILES)
    assert folder == tmp_path / "new" / "folder" / "v1"
    assert read_files(tmp_path / "new" / "folder" / CURRENT_LINK) == FILES


def test_remembers_which_version_was_the_current_one(artifact_dir: Path) -> None:
    publish(artifact_dir, "v2", FILES)
    assert read_link(artifact_dir, PREVIOUS_LINK) == "v1"


def test_shows_a_version_complete_or_not_at_all(artifact_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, dict[str, bytes]]] = []
    call_at_each_sync(monkeypatch, lambda _: seen.append(read_versions(artifact_dir)))
    publish(artifact_dir, "v2", FILES)
    assert seen[0] == {"v1": FILES}
    assert all(versions in ({"v1": FILES}, {"v1": FILES, "v2": FILES}) for versions in seen)


def test_syncs_every_file_and_folder_before_the_next_step(artifact_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    call_at_each_sync(monkeypatch, lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    publish(artifact_dir, "v2", FILES)
    temporary = artifact_dir / ".publishing-v2"
    written = [temporary / "model.pkl", temporary / "metadata.json", temporary]
    assert synced == [str(path) for path in (*written, *[artifact_dir] * 3)]


def read_on(artifact_dir: Path, seen: set[str], faults: list[object], is_over: threading.Event) -> None:
    """Read the current version over and over, until `is_over`: record which were seen and what went wrong."""
    while not is_over.is_set():
        try:
            seen.add(name_current(artifact_dir))
            files = read_files(artifact_dir / CURRENT_LINK)
        except OSError as error:
            files = {}
            faults.append(error)
        if files != FILES:
            faults.append(files)


def test_swaps_current_so_that_a_reader_never_misses_it(artifact_dir: Path) -> None:
    seen: set[str] = set()
    faults: list[object] = []
    is_over = threading.Event()
    reader = threading.Thread(target=read_on, args=(artifact_dir, seen, faults, is_over))
    reader.start()
    try:
        for number in itertools.count(2):
            publish(artifact_dir, f"v{number}", FILES)
            if len(seen) > 100 or faults:
                break
    finally:
        is_over.set()
        reader.join()
    assert faults == []


def test_refuses_a_version_that_is_published_and_leaves_it_as_it_is(artifact_dir: Path) -> None:
    publish(artifact_dir, "v2", FILES)
    with pytest.raises(VersionExists) as caught:
        publish(artifact_dir, "v1", {"model.pkl": b"another"})
    assert str(caught.value) == (
        f"Version v1 is already published in {artifact_dir}. Choose another name with TRAIN_VERSION, "
        "or leave it unset to have one made."
    )
    assert (read_files(artifact_dir / "v1"), name_current(artifact_dir)) == (FILES, "v2")


def test_removes_what_killed_publishers_left(artifact_dir: Path) -> None:
    (artifact_dir / ".publishing-v2").mkdir()
    (artifact_dir / ".publishing-v2" / "model.pkl").write_bytes(b"mod")
    (artifact_dir / ".publishing-current").symlink_to("v1")
    publish(artifact_dir, "v2", FILES)
    assert sorted(os.listdir(artifact_dir)) == [".lock", ".previous", "current", "v1", "v2"]
    assert read_versions(artifact_dir) == {"v1": FILES, "v2": FILES}


def test_holds_the_lock_until_the_last_step(artifact_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states: list[bool] = []
    call_at_each_sync(monkeypatch, lambda _: states.append(is_locked(artifact_dir)))
    publish(artifact_dir, "v2", FILES)
    assert set(states) == {True}
    assert not is_locked(artifact_dir)


def test_makes_publishers_wait_for_one_another(artifact_dir: Path) -> None:
    """Two ask for the same version while a third holds the lock: both wait, then one publishes and one is refused."""
    refused: list[VersionExists] = []

    def publish_or_record() -> None:
        try:
            publish(artifact_dir, "v2", FILES)
        except VersionExists as error:
            refused.append(error)

    publishers = [threading.Thread(target=publish_or_record) for _ in range(2)]
    with (artifact_dir / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for publisher in publishers:
            publisher.start()
        inode = os.fstat(lock.fileno()).st_ino
        wait_until(lambda: count_waiters(inode) == 2 or list_versions(artifact_dir) != ["v1"], "two waiters")
        assert list_versions(artifact_dir) == ["v1"]
    for publisher in publishers:
        publisher.join()
    assert (len(refused), read_versions(artifact_dir)) == (1, {"v1": FILES, "v2": FILES})


def count_waiters(inode: int) -> int:
    return len(re.findall(rf"-> FLOCK .*:{inode} ", Path("/proc/locks").read_text()))


@pytest.mark.usefixtures("usual_umask")
def test_lets_other_users_read_what_is_published(artifact_dir: Path) -> None:
    folder = publish(artifact_dir, "v2", FILES)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o644}


@pytest.mark.parametrize("refuse", [publish, lambda folder, name, _: check_publishable(folder, name)])
@pytest.mark.parametrize("name", ["", "current", "..", "../v2", "a/b", "-v2", ".v2", "v 2", "v2\n", "é", "a" * 65])
def test_refuses_a_bad_name_before_anything_is_made(
    tmp_path: Path, name: str, refuse: Callable[[Path, str, dict[str, bytes]], object]
) -> None:
    with pytest.raises(InvalidVersionName) as caught:
        refuse(tmp_path / "artifacts", name, FILES)
    assert str(caught.value) == (
        "The version name must be 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or a digit, "
        f"and other than 'current', not {name!r}."
    )
    assert not (tmp_path / "artifacts").exists()


def test_keeps_the_current_version_when_the_disk_is_full(artifact_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left on device"):
        call_at_each_sync(patch, fail)
        publish(artifact_dir, "v2", FILES)
    assert (name_current(artifact_dir), list_versions(artifact_dir)) == ("v1", ["v1"])
    assert publish(artifact_dir, "v2", FILES).is_dir()


def test_says_what_the_storage_cannot_do_before_there_is_anything_to_publish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "symlink", fail)
    with pytest.raises(StorageUnsuitable, match=r"cannot hold a symbolic link \(Operation not permitted\)"):
        check_publishable(tmp_path, "v1")


def test_tries_what_publishing_does_and_leaves_nothing_behind(artifact_dir: Path) -> None:
    before = sorted(os.listdir(artifact_dir))
    check_publishable(artifact_dir, "v2")
    assert sorted(os.listdir(artifact_dir)) == before


@pytest.mark.parametrize("refuse", [check_publishable, lambda folder, name: publish(folder, name, FILES)])
def test_refuses_a_name_that_a_link_to_nothing_has(artifact_dir: Path, refuse: Callable[[Path, str], object]) -> None:
    (artifact_dir / "v2").symlink_to("gone")
    with pytest.raises(VersionExists, match=r"^Version v2 is already published"):
        refuse(artifact_dir, "v2")


def test_removes_a_file_that_stands_where_a_publisher_writes(artifact_dir: Path) -> None:
    (artifact_dir / ".publishing-v9").write_text("litter")
    publish(artifact_dir, "v9", {"model.pkl": b"model"})
    assert "v9" in list_versions(artifact_dir)
