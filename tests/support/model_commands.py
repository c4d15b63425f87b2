"""`flask models` without a server: a folder of versions, and what runs the commands on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app import create_app
from app.artifacts import Artifact
from app.settings import Settings
from tests.support.small_versions import publish_copy

Run = Callable[..., tuple[int, str]]

REMEDY = "Publish it again with 'make train', or serve another version: 'make models' lists them."


def publish_three(artifact_dir: Path, artifact: Artifact) -> None:
    """Publish three versions, one a day: `v3` is current then, `v2` was."""
    for day in (1, 2, 3):
        publish_copy(artifact_dir, artifact, f"v{day}", created_at=f"2026-03-0{day}T12:00:00+00:00")


def build_run(settings: Settings) -> Run:
    """Return what runs `flask models` with arguments and returns its exit status and its output."""

    def run(*arguments: str) -> tuple[int, str]:
        ended = create_app(settings).test_cli_runner().invoke(args=["models", *arguments])
        return ended.exit_code, ended.output

    return run
