"""What publishing does with names, tried on storage that cannot do it."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from app.artifacts import StorageUnsuitable, lock_artifacts, make_current
from app.artifacts.store import rehearse
from tests.support.small_versions import read_links
from tests.unit.artifacts.test_store import artifact_dir

__all__ = ["artifact_dir"]


def test_a_rehearsal_leaves_everything_as_it_was(artifact_dir: Path) -> None:
    make_current(artifact_dir, "v1")
    before = sorted(os.listdir(artifact_dir))
    rehearse(artifact_dir)
    assert (sorted(os.listdir(artifact_dir)), read_links(artifact_dir)) == (before, ("v1", None))


REHEARSED = [
    (fcntl, "flock", errno.ENOLCK, "lock a file (No locks available)"),
    (os, "rename", errno.ENOSYS, "rename a folder (Function not implemented)"),
    (os, "symlink", errno.EPERM, "hold a symbolic link (Operation not permitted)"),
    (os, "readlink", errno.EINVAL, "hold a symbolic link (Invalid argument)"),
    (os, "replace", errno.EEXIST, "replace a file by renaming another (File exists)"),
    (os, "fsync", errno.EINVAL, "sync a folder (Invalid argument)"),
]


@pytest.mark.parametrize(("module", "function", "number", "step"), REHEARSED)
def test_a_rehearsal_names_what_the_storage_cannot_do(
    artifact_dir: Path, monkeypatch: pytest.MonkeyPatch, module: Any, function: str, number: int, step: str
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched, pytest.raises(StorageUnsuitable) as refused:
        patched.setattr(module, function, fail)
        with lock_artifacts(artifact_dir):
            rehearse(artifact_dir)
    assert str(refused.value) == (
        f"The storage of {artifact_dir} cannot {step}, which publishing and promoting take. Set ARTIFACT_DIR to a "
        "folder on another file system, such as a local disk. What is copied from there can be served from here: "
        "MODEL_VERSION says which version, where no link 'current' can."
    )
    with lock_artifacts(artifact_dir):
        assert sorted(os.listdir(artifact_dir)) == [".lock", "v1", "v2", "v3"]


def test_a_rehearsal_replaces_a_link_by_a_link(artifact_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def replace_nothing(source: Any, target: Any) -> None:
        if os.path.lexists(target):
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
        replace(source, target)

    monkeypatch.setattr(os, "replace", replace_nothing)
    with pytest.raises(StorageUnsuitable, match="replace a file by renaming another"):
        rehearse(artifact_dir)


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_does_not_blame_the_kind_of_storage_for_what_any_may_refuse(
    artifact_dir: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "symlink", fail)
    with pytest.raises(OSError, match=os.strerror(number)) as refused:
        make_current(artifact_dir, "v1")
    assert not isinstance(refused.value, StorageUnsuitable)
