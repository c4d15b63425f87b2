from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

from app.artifacts import list_versions, read_artifact
from tests.support.published_models import load_iris_dataset, publish_model
from tests.support.running_server import DEADLINE_SECONDS, ROOT

N_KILLS = 50

# Publishes one version after the other, made of the files of the first, and writes the name of each.
PUBLISHER = """
import json, sys
from pathlib import Path
from training.publishing import publish

artifact_dir, run, n_versions = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
files = {path.name: path.read_bytes() for path in (artifact_dir / "first").iterdir()}
metadata = json.loads(files["metadata.json"])
for number in range(n_versions):
    version = f"{run}-{number}"
    publish(artifact_dir, version, {**files, "metadata.json": json.dumps({**metadata, "version": version}).encode()})
    print(version, flush=True)
"""


def build_command(artifact_dir: Path, run: str, n_versions: int = 1000) -> list[str]:
    return [sys.executable, "-c", PUBLISHER, str(artifact_dir), run, str(n_versions)]


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


def kill_publishers(artifact_dir: Path, n_kills: int) -> Iterator[set[str]]:
    """Kill one publisher after the other, each busy with a version; yield the versions it had announced."""
    chance = random.Random(20240229)
    for run in range(n_kills):
        with killed_at_the_end(build_command(artifact_dir, f"run{run}")) as publisher:
            announced = read_lines(publisher, "stdout", chance.randint(1, 3))
            time.sleep(chance.uniform(0, 0.004))
        yield set(announced)


def read_every_version(artifact_dir: Path) -> list[str]:
    """Return the published versions, each of them read and verified in full."""
    return [read_artifact(artifact_dir, version).metadata.version for version in list_versions(artifact_dir)]


@pytest.fixture
def artifact_dir(tmp_path: Path) -> Path:
    """Return a folder where one version, `first`, is published."""
    publish_model(tmp_path / "artifacts", "first", load_iris_dataset(), LogisticRegression())
    return tmp_path / "artifacts"


def test_leaves_complete_versions_wherever_a_publisher_is_killed(artifact_dir: Path) -> None:
    seen: set[str] = set()
    for announced in kill_publishers(artifact_dir, N_KILLS):
        new = set(list_versions(artifact_dir)) - seen
        assert announced <= {read_artifact(artifact_dir, version).metadata.version for version in new}
        assert read_artifact(artifact_dir).metadata.version in new
        seen |= new
    assert read_every_version(artifact_dir) == sorted(seen)


def test_publishes_after_many_kills_and_leaves_no_litter(artifact_dir: Path) -> None:
    assert len(list(kill_publishers(artifact_dir, 5))) == 5
    command = build_command(artifact_dir, "last", n_versions=1)
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=DEADLINE_SECONDS)
    assert sorted(os.listdir(artifact_dir)) == sorted([".lock", ".previous", "current", *list_versions(artifact_dir)])


@pytest.mark.parametrize("n_folds", [1, 5])
def test_keeps_the_current_version_when_a_training_is_killed(artifact_dir: Path, n_folds: int) -> None:
    command = [sys.executable, "-m", "training.train", "--artifact-dir", str(artifact_dir), "--version", "second"]
    with killed_at_the_end(command) as training:
        assert read_lines(training, "stderr", n_folds)[-1] == f"Fold {n_folds} of 5"
    assert read_artifact(artifact_dir).metadata.version == "first"
    assert read_every_version(artifact_dir) == ["first"]
