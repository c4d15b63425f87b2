"""Links within the folder of versions: Kubernetes makes volumes of them, with `..data` on the way to each file."""

from __future__ import annotations

import os
from pathlib import Path


def resolve_inside(artifact_dir: Path, path: Path) -> Path | None:
    """Return what `path` leads to, without a link on the way; `None` where that is outside of `artifact_dir`.

    Raises `OSError` where it leads nowhere.
    """
    real = Path(os.path.realpath(path, strict=True))
    return real if real.is_relative_to(os.path.realpath(artifact_dir)) else None


def resolve_version(artifact_dir: Path, version: str) -> Path | None:
    """Return where the folder of `version` really is; `None` where a link leads out, or to another version.

    Raises `OSError` where there is none.
    """
    real = resolve_inside(artifact_dir, artifact_dir / version)
    return real if real is not None and real.name == version else None
