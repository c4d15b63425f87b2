"""Writes openapi.json and openapi.yaml, or checks that they are current: `python -m tools.openapi_files write|check`.

They describe the example model, trained afresh, so that they depend on the code and the locked libraries alone.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from app import create_app
from app.artifacts import Artifact, read_artifact
from app.openapi.document import build_document, encode_document
from app.settings import Settings
from app.web.service import serve_model
from training import train

ROOT = Path(__file__).parent.parent
FILE_NAMES = ("openapi.json", "openapi.yaml")
EXAMPLE_VERSION = "example"


def write_files(folder: Path) -> None:
    """Train the example model and write the document that describes it into `folder`, in both forms."""
    with tempfile.TemporaryDirectory() as artifact_dir:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            train.main(["--artifact-dir", artifact_dir, "--version", EXAMPLE_VERSION])
        artifact = _forget_circumstances(read_artifact(Path(artifact_dir)))
    app = create_app(Settings())
    document = build_document(app, serve_model(app, artifact))
    for name in FILE_NAMES:
        (folder / name).write_bytes(encode_document(document, name))


def list_outdated() -> list[str]:
    """Return the names of the committed files that are not what `write_files` writes."""
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder))
        return [name for name in FILE_NAMES if _differ(ROOT / name, Path(folder) / name)]


def _forget_circumstances(artifact: Artifact) -> Artifact:
    """Return `artifact` without what changes from one training to the next: its time, its commit, its machine."""
    metadata = replace(
        artifact.metadata,
        created_at="2026-01-31T12:00:00+00:00",
        git_commit=None,
        library_versions={**artifact.metadata.library_versions, "python": "3.11"},
        files={},
    )
    return replace(artifact, metadata=metadata)


def _differ(committed: Path, fresh: Path) -> bool:
    return not committed.exists() or committed.read_bytes() != fresh.read_bytes()


def _main(task: str) -> None:
    if task == "write":
        write_files(ROOT)
    elif outdated := list_outdated():
        sys.exit(f"Not current: {', '.join(outdated)}. Run 'make openapi' and commit what it writes.")


if __name__ == "__main__":
    _main(sys.argv[1])
