"""A publisher that is killed before each of its calls that change the disk, one after the other."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression

from app.artifacts import list_versions, read_artifact
from app.publishing.store import publish
from tests.support.published_models import load_iris_dataset, publish_model

# Of the modules posix, io and fcntl.
CHANGES = frozenset(
    {"close", "flock", "flush", "fsync", "mkdir", "open", "rename", "replace", "rmdir", "symlink", "unlink", "write"}
)


@pytest.fixture
def artifact_dir(tmp_path: Path) -> Path:
    """Return a folder where one version, `first`, is published."""
    publish_model(tmp_path, "first", load_iris_dataset(), LogisticRegression())
    return tmp_path


def build_files(artifact_dir: Path, version: str) -> dict[str, bytes]:
    """Return the files of `first` under another name."""
    files = {path.name: path.read_bytes() for path in (artifact_dir / "first").iterdir()}
    metadata = {**json.loads(files["metadata.json"]), "version": version}
    return {**files, "metadata.json": json.dumps(metadata).encode()}


def publish_until_killed(artifact_dir: Path, version: str, n_changes: int) -> bool:
    """Publish in a child process that is killed after so many changes; return whether it came to its end."""
    files = build_files(artifact_dir, version)
    child = os.fork()
    if child == 0:
        try:
            _die_after(n_changes)
            publish(artifact_dir, version, files)
        finally:
            sys.setprofile(None)
            os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL)
    return code == 0


def _die_after(n_changes: int) -> None:
    n_left = n_changes

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal n_left
        if event == "c_call" and argument.__name__ in CHANGES:
            if not n_left:
                os.kill(os.getpid(), signal.SIGKILL)
            n_left -= 1

    sys.setprofile(count)


def read_every_version(artifact_dir: Path) -> set[str]:
    """Return the published versions, each of them read and verified in full."""
    return {read_artifact(artifact_dir, version).metadata.version for version in list_versions(artifact_dir)}


def test_leaves_complete_versions_wherever_it_is_killed(artifact_dir: Path) -> None:
    current, n_changes, is_published = "first", 0, False
    n_current = n_published = 0
    while not is_published:
        version = f"version-{n_changes}"
        is_published = publish_until_killed(artifact_dir, version, n_changes)
        now = read_artifact(artifact_dir).metadata.version  # verified in full
        assert now == version or (now == current and not is_published)
        n_current += now == version
        if version in list_versions(artifact_dir):
            n_published += 1
            assert read_artifact(artifact_dir, version).metadata.version == version
        current, n_changes = now, n_changes + 1
    assert n_changes > 30  # it opens, writes, syncs and closes five files and folders, and renames three times
    assert 2 < n_current < n_published < n_changes  # killed before, between and after the renames
    publish(artifact_dir, "last", build_files(artifact_dir, "last"))
    assert set(os.listdir(artifact_dir)) == {".lock", ".previous", "current", *read_every_version(artifact_dir)}
