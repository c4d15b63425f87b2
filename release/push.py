"""Pushes an image and writes down its digest, by which it is deployed: `python3 -m release.push TAG FILE`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from release.docker import Docker, DockerFailed, ReleaseFailed
from release.images import name_repository
from release.login import open_session


def push(docker: Docker, tag: str) -> str:
    """Push the image `tag` and return its name by its digest. Raises `DockerFailed`."""
    docker.run("push", tag)
    names = docker.read_lines("image", "inspect", "--format", '{{join .RepoDigests "\\n"}}', tag)
    for name in names:
        if name.startswith(f"{name_repository(tag)}@"):
            return name
    raise DockerFailed(("push", tag), f"the engine knows no digest of it in {name_repository(tag)}")


def main() -> None:
    """Push the image, and write `IMAGE=` with its digest into the file, for the jobs that deploy it."""
    if len(sys.argv) != 3:
        sys.exit("Say what to push, and where to write its digest: python3 -m release.push TAG FILE")
    file = Path(sys.argv[2])
    try:
        with open_session(os.environ) as docker:
            image = push(docker, sys.argv[1])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"IMAGE={image}\n")
    except (OSError, ReleaseFailed) as error:
        sys.exit(f"Not pushed. {error}")
    print(f"Pushed {image}.")


if __name__ == "__main__":
    main()
