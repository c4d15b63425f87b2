from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

from app.artifacts import list_versions, read_artifact
from tests.support.depth import IS_LONG
from tests.support.published_models import load_iris_dataset, publish_model
from tests.support.running_server import ROOT


@contextmanager
def killed_at_the_end(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_lines(process: subprocess.Popen[str], stream: str, count: int) -> list[str]:
    """Return the next lines that the process writes; fewer only where it has ended."""
    return [getattr(process, stream).readline().rstrip("\n") for _ in range(count)]


def read_every_version(artifact_dir: Path) -> list[str]:
    """Return the published versions, each of them read and verified in full."""
    return [read_artifact(artifact_dir, version).metadata.version for version in list_versions(artifact_dir)]


@pytest.fixture
def artifact_dir(tmp_path: Path) -> Path:
    """Return a folder where one version, `first`, is published."""
    publish_model(tmp_path / "artifacts", "first", load_iris_dataset(), LogisticRegression())
    return tmp_path / "artifacts"


@pytest.mark.parametrize("n_folds", [1, 5] if IS_LONG else [1])
def test_keeps_the_current_version_when_a_training_is_killed(artifact_dir: Path, n_folds: int) -> None:
    command = [sys.executable, "-m", "training.train", "--artifact-dir", str(artifact_dir), "--version", "second"]
    with killed_at_the_end(command) as training:
        assert read_lines(training, "stderr", n_folds)[-1] == f"Fold {n_folds} of 5"
    assert read_artifact(artifact_dir).metadata.version == "first"
    assert read_every_version(artifact_dir) == ["first"]
