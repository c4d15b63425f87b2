"""Name of the version to publish, where nobody has chosen one for the training."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.artifacts import check_version_name
from app.publishing.description import create_version_name


def choose_version_name(artifact_dir: Path, served_version: str) -> str:
    """Return the name to publish under: a new one, unless `served_version` names a version that is not there yet.

    `served_version` is what MODEL_VERSION says, which once named both what is served and what is trained; it is heeded
    with a warning, so that whoever relies on it can change. Raises `InvalidVersionName`.
    """
    if not served_version:
        return create_version_name()
    check_version_name(served_version)
    if not os.path.lexists(artifact_dir / served_version):
        _warn(
            f"MODEL_VERSION says which version is served. There is no {served_version} in {artifact_dir} yet, so this "
            "one is published under that name; name what is trained with TRAIN_VERSION instead."
        )
        return served_version
    version = create_version_name()
    _warn(
        f"MODEL_VERSION is ignored: version {served_version} is published already, and this one becomes {version} (a "
        "name of your own: TRAIN_VERSION). "
        f"A server goes on to serve {served_version} while it is started with MODEL_VERSION."
    )
    return version


def _warn(sentence: str) -> None:
    print(f"Warning: {sentence}", file=sys.stderr, flush=True)
