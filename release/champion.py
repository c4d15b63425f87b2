"""Fetches the version that is in production, for the next one to be compared with: `python3 -m release.champion`."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from release.docker import Docker, DockerFailed, ReleaseFailed
from release.images import copy_artifacts
from release.login import open_session
from release.target import get

NO_CHAMPION = "none"

# What registries say of an image that they do not have, and engines after them. Much else is "not found" as well.
_UNKNOWN = re.compile(
    r"manifest unknown|name unknown|no such manifest|manifest for \S+ not found|resolve reference \S+ \S+: not found",
    re.IGNORECASE,
)


def fetch_champion(docker: Docker, image: str, artifact_dir: Path) -> bool:
    """Copy the version in `image` to `artifact_dir`, as the current one; return whether there is such an image.

    Raises `FileExistsError` where there is a current version already, or `DockerFailed`.
    """
    if os.path.lexists(artifact_dir / "current"):
        raise FileExistsError(
            f"The folder {artifact_dir} has a current version already: remove it, or set ARTIFACT_DIR."
        )
    try:
        docker.run("pull", image)
    except DockerFailed as error:
        if _UNKNOWN.search(str(error)):
            return False
        raise
    copy_artifacts(docker, image, artifact_dir)
    return True


def main() -> None:
    """Fetch the version of the image that CHAMPION_IMAGE names into ARTIFACT_DIR; that there is none is no fault.

    CHAMPION_IMAGE=none asks for no comparison: another signing key or other features leave nothing to compare with.
    """
    image = get(os.environ, "CHAMPION_IMAGE")
    if not image:
        example = "registry.example.com/ml-service:production"
        sys.exit(f"Say in CHAMPION_IMAGE which image is in production, such as {example}.")
    if image == NO_CHAMPION:
        print("No champion is wanted.")
        return
    try:
        with open_session(os.environ) as docker:
            is_there = fetch_champion(docker, image, Path(get(os.environ, "ARTIFACT_DIR") or "artifacts"))
    except (OSError, ReleaseFailed) as error:
        sys.exit(f"The champion was not fetched. {error}")
    print(f"The champion is that of {image}." if is_there else f"There is no {image}, so no champion yet.")


if __name__ == "__main__":
    main()
