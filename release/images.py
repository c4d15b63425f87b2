"""Images at an engine: which it has, and what is in them, without running them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from release.docker import Docker, DockerFailed

_ARTIFACTS = "/srv/artifacts"
_CURRENT = f"{_ARTIFACTS}/current"


class VersionDiffers(Exception):
    """The image has another version of the model than the one that it is to be deployed as."""

    def __init__(self, image: str, found: str, expected: str) -> None:
        super().__init__(
            f"{image} has version {found} in it, but the artifacts here are of version {expected}: name by "
            "ARTIFACT_DIR the artifacts that the image was built with, or build it anew."
        )


def fetch_image(docker: Docker, image: str) -> None:
    """Have the engine fetch `image` unless it has it, without asking a registry then. Raises `DockerFailed`."""
    try:
        docker.run("image", "inspect", "--format", "{{.Id}}", image)
    except DockerFailed:
        docker.run("pull", image)


def check_version(docker: Docker, image: str, version: str) -> None:
    """Check that `version` is baked into `image`.

    Raises `VersionDiffers`, or `DockerFailed` or `OSError` where the image cannot be had or has no version in it.
    """
    fetch_image(docker, image)
    with tempfile.TemporaryDirectory(prefix="ml-service-") as name:
        link = Path(name) / "current"
        _copy(docker, image, _CURRENT, link)
        found = os.readlink(link)
    if found != version:
        raise VersionDiffers(image, found, version)


def copy_artifacts(docker: Docker, image: str, artifact_dir: Path) -> None:
    """Copy the versions that are baked into `image` to `artifact_dir`. Raises `DockerFailed` or `OSError`."""
    artifact_dir.mkdir(parents=True, exist_ok=True)
    _copy(docker, image, f"{_ARTIFACTS}/.", artifact_dir)


def _copy(docker: Docker, image: str, path: str, target: Path) -> None:
    container = docker.run("create", image).strip()
    try:
        docker.run("cp", f"{container}:{path}", str(target))
    finally:
        docker.run("rm", container)
