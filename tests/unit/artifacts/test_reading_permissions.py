"""What the machine does not let the server read is reported as that, and not as damage."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running_server import ROOT
from tests.support.unprivileged import LAUNCHER

SCRIPT = """
import sys
from pathlib import Path
from app.artifacts import ArtifactError, read_artifact

try:
    read_artifact(Path(sys.argv[1]))
except ArtifactError as error:
    print(f"{type(error).__name__}: {error}")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the current version, v1, where nothing but the metadata is of the format."""
    folder = tmp_path / "artifacts" / "v1"
    folder.mkdir(parents=True)
    (folder / "metadata.json").write_text("{}")
    (folder.parent / "current").symlink_to("v1")
    return folder


def read_as_a_common_user(artifact_dir: Path) -> str:
    """Return what a process that has to respect permissions says of the current version."""
    command = [*LAUNCHER, sys.executable, "-c", SCRIPT, str(artifact_dir)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.stderr == ""
    return run.stdout.strip()


def test_reads_what_it_may_read(folder: Path) -> None:
    assert read_as_a_common_user(folder.parent).startswith("ArtifactCorrupt: Artifact v1 is corrupt: metadata.json is")


def test_says_that_it_may_not_read_a_file(folder: Path) -> None:
    (folder / "metadata.json").chmod(0)
    assert read_as_a_common_user(folder.parent) == (
        "ArtifactUnreadable: Artifact v1 cannot be read: metadata.json: Permission denied. "
        "Give the user that serves the right to read it."
    )


def test_says_that_it_may_not_read_the_folder_of_a_version(folder: Path) -> None:
    folder.chmod(0)
    refusal = read_as_a_common_user(folder.parent)
    folder.chmod(0o700)
    assert refusal == (
        "ArtifactUnreadable: Artifact v1 cannot be read: its folder: Permission denied. "
        "Give the user that serves the right to read it."
    )


def test_says_that_it_may_list_the_folder_but_not_enter_it(folder: Path) -> None:
    folder.chmod(0o400)
    refusal = read_as_a_common_user(folder.parent)
    folder.chmod(0o700)
    assert refusal == (
        "ArtifactUnreadable: Artifact v1 cannot be read: metadata.json: Permission denied. "
        "Give the user that serves the right to read it."
    )


def test_says_that_it_may_not_read_the_folder_of_versions(folder: Path) -> None:
    artifact_dir = folder.parent
    artifact_dir.chmod(0)
    refusal = read_as_a_common_user(artifact_dir)
    artifact_dir.chmod(0o700)
    assert refusal == (
        f"ArtifactNotFound: {artifact_dir}/current cannot be followed: Permission denied. "
        f"The folder {artifact_dir} cannot be read: Permission denied."
    )


def test_reads_from_a_folder_of_versions_that_it_may_enter_but_not_list(folder: Path) -> None:
    folder.parent.chmod(0o100)
    refusal = read_as_a_common_user(folder.parent)
    folder.parent.chmod(0o700)
    assert refusal.startswith("ArtifactCorrupt: Artifact v1 is corrupt: metadata.json is")


def test_says_that_it_may_list_the_folder_of_versions_but_not_enter_it(folder: Path) -> None:
    artifact_dir = folder.parent
    artifact_dir.chmod(0o400)
    refusal = read_as_a_common_user(artifact_dir)
    artifact_dir.chmod(0o700)
    assert refusal.startswith(f"ArtifactNotFound: {artifact_dir}/current cannot be followed: Permission denied.")
