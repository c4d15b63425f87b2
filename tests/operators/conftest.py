from __future__ import annotations

from pathlib import Path

import pytest

from app.artifacts import Artifact
from app.settings import Settings
from tests.support.model_commands import Run, build_run, publish_three


@pytest.fixture
def artifact_dir(tmp_path: Path, iris_artifact: Artifact) -> Path:
    """Return a folder with three versions, one a day: `v3` is current, `v2` was."""
    publish_three(tmp_path, iris_artifact)
    return tmp_path


@pytest.fixture
def run(artifact_dir: Path) -> Run:
    """Return what runs `flask models` in that folder."""
    return build_run(Settings(artifact_dir=artifact_dir, port=4711))
