from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.artifacts import (
    ArtifactNotFound,
    list_versions,
    lock_artifacts,
    make_current,
    remove_version,
)
from tests.support.running_server import ROOT, wait_until
from tests.support.small_versions import read_links

HOLD_LOCK = """
import sys
from pathlib import Path
from app.artifacts import lock_artifacts

with lock_artifacts(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def artifact_dir(tmp_path: Path) -> Path:
    """Return a folder of three versions, none of which is the current one."""
    for version in ("v1", "v2", "v3"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "model.pkl").write_text(version)
    return tmp_path


@contextmanager
def start_holder(artifact_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that asks for the lock, says so once it has it, and keeps it until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, str(artifact_dir)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def read_word(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    return process.stdout.readline()


def is_waiting(process: subprocess.Popen[bytes]) -> bool:
    """Return whether the process waits for a lock."""
    return any("->" in line and f" {process.pid} " in line for line in Path("/proc/locks").read_text().splitlines())


def test_the_first_current_version_has_none_before_it(artifact_dir: Path) -> None:
    make_current(artifact_dir, "v1")
    assert read_links(artifact_dir) == ("v1", None)


def test_remembers_which_version_was_the_current_one(artifact_dir: Path) -> None:
    for version in ("v1", "v2", "v3"):
        make_current(artifact_dir, version)
    assert read_links(artifact_dir) == ("v3", "v2")


def test_goes_to_and_fro_between_two_versions(artifact_dir: Path) -> None:
    for version in ("v1", "v2", "v1"):
        make_current(artifact_dir, version)
    assert read_links(artifact_dir) == ("v1", "v2")


def test_making_the_current_version_current_again_keeps_the_previous_one(artifact_dir: Path) -> None:
    for version in ("v1", "v2", "v2"):
        make_current(artifact_dir, version)
    assert read_links(artifact_dir) == ("v2", "v1")


@pytest.mark.parametrize("target", ["gone", "../v1"])
def test_remembers_no_version_that_nobody_could_return_to(artifact_dir: Path, target: str) -> None:
    for version in ("v1", "v2"):
        make_current(artifact_dir, version)
    (artifact_dir / "current").unlink()
    (artifact_dir / "current").symlink_to(target)
    make_current(artifact_dir, "v3")
    assert read_links(artifact_dir) == ("v3", "v1")


def test_a_loss_of_power_on_the_way_leaves_the_current_version(
    artifact_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_current(artifact_dir, "v1")
    seen: list[tuple[str | None, str | None]] = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(read_links(artifact_dir)))
    make_current(artifact_dir, "v2")
    assert seen == [("v1", "v1"), ("v2", "v1")]


def test_a_link_is_relative_so_that_the_folder_may_move(artifact_dir: Path) -> None:
    make_current(artifact_dir, "v1")
    moved = artifact_dir.rename(artifact_dir.with_name("moved"))
    assert (moved / "current" / "model.pkl").read_text() == "v1"


def test_removes_a_version_and_nothing_else(artifact_dir: Path) -> None:
    make_current(artifact_dir, "v1")
    remove_version(artifact_dir, "v2")
    assert sorted(os.listdir(artifact_dir)) == ["current", "v1", "v3"]


def test_removes_the_link_to_a_version_and_not_what_it_leads_to(artifact_dir: Path) -> None:
    (artifact_dir / "..data").mkdir()
    (artifact_dir / "v2").rename(artifact_dir / "..data" / "v2")
    (artifact_dir / "v2").symlink_to("..data/v2")
    remove_version(artifact_dir, "v2")
    assert list_versions(artifact_dir) == ["v1", "v3"]
    assert (artifact_dir / "..data" / "v2" / "model.pkl").read_text() == "v2"


def test_a_version_is_gone_before_any_of_its_files(artifact_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> None:
        raise OSError(f"killed while {path} was removed")

    monkeypatch.setattr(shutil, "rmtree", fail)
    with pytest.raises(OSError, match="killed while .*/.publishing-v2 was removed"):
        remove_version(artifact_dir, "v2")
    assert list_versions(artifact_dir) == ["v1", "v3"]


def test_has_others_wait_for_the_lock(artifact_dir: Path) -> None:
    with start_holder(artifact_dir) as holder:
        assert read_word(holder) == b"locked\n"
        with start_holder(artifact_dir) as waiting:
            wait_until(lambda: is_waiting(waiting), "a process that waits for the lock")
            holder.communicate()
            assert read_word(waiting) == b"locked\n"


def test_a_holder_that_is_killed_leaves_the_lock_to_others(artifact_dir: Path) -> None:
    with start_holder(artifact_dir) as holder:
        assert read_word(holder) == b"locked\n"
        holder.kill()
        with lock_artifacts(artifact_dir):
            assert holder.wait() == -9


@pytest.mark.parametrize(
    "leave",
    [
        lambda path: path.touch(),
        lambda path: path.mkdir(),
        lambda path: shutil.copytree(path.parent / "v1", path),
        lambda path: path.symlink_to("v1"),
        lambda path: path.symlink_to("gone"),
        lambda path: os.mkfifo(path),
    ],
)
def test_removes_what_others_left_that_were_killed(artifact_dir: Path, leave: Callable[[Path], object]) -> None:
    leave(artifact_dir / ".publishing-v9")
    with lock_artifacts(artifact_dir):
        assert sorted(os.listdir(artifact_dir)) == [".lock", "v1", "v2", "v3"]


def test_removes_a_link_but_not_what_it_leads_to(artifact_dir: Path) -> None:
    (artifact_dir / ".publishing-link").symlink_to("v1")
    with lock_artifacts(artifact_dir):
        assert (artifact_dir / "v1" / "model.pkl").read_text() == "v1"


def test_removes_nothing_before_it_has_the_lock(artifact_dir: Path) -> None:
    with start_holder(artifact_dir) as holder:
        assert read_word(holder) == b"locked\n"
        (artifact_dir / ".publishing-v9").mkdir()
        with start_holder(artifact_dir) as waiting:
            wait_until(lambda: is_waiting(waiting), "a process that waits for the lock")
            assert (artifact_dir / ".publishing-v9").is_dir()


def test_says_that_there_is_no_folder_to_lock(tmp_path: Path) -> None:
    with pytest.raises(ArtifactNotFound) as refused, lock_artifacts(tmp_path / "gone"):
        pass
    assert str(refused.value) == f"There is no folder {tmp_path}/gone: publish a version with 'make train'."
