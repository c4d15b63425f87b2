"""Images at an engine: what is in them, the smoke test that they bring along, and their names in the registry."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from release.docker import Docker, DockerFailed, ReleaseFailed

_ARTIFACTS = "/srv/artifacts"
_FILES = "/srv/docker"
# As little as a container can be given; it asks the service from the machine that it runs on.
_STRICT = "--rm --network host --read-only --cap-drop ALL --security-opt no-new-privileges --no-healthcheck".split()
_CHECK_FAILED = 1


@dataclass(frozen=True)
class Contents:
    """What an image has in it: the version of the model, and the texts of the stack's files by their paths."""

    version: str
    files: dict[str, str]


def fetch_image(docker: Docker, image: str) -> None:
    """Have the engine fetch `image` unless it has it, without asking a registry then. Raises `DockerFailed`."""
    try:
        docker.run("image", "inspect", "--format", "{{.Id}}", image)
    except DockerFailed:
        docker.run("pull", image)


def read_contents(docker: Docker, image: str) -> Contents:
    """Return what is in `image`, without running it. Raises `DockerFailed` or `OSError` where it is not there."""
    fetch_image(docker, image)
    with tempfile.TemporaryDirectory(prefix="ml-service-") as name:
        folder = Path(name)
        copy_out(docker, image, {f"{_ARTIFACTS}/current": folder / "current", _FILES: folder / "files"})
        files = [path for path in (folder / "files").rglob("*") if path.is_file()]
        texts = {str(path.relative_to(folder / "files")): path.read_text() for path in files}
        return Contents(os.readlink(folder / "current"), texts)


def check_version(contents: Contents, image: str, version: str) -> None:
    """Raise `ReleaseFailed` unless it is `version` that is in the image."""
    if contents.version != version:
        raise ReleaseFailed(
            f"{image} has version {contents.version} in it, but the artifacts here are of version {version}: name by "
            "ARTIFACT_DIR the artifacts that the image was built with, or build it anew."
        )


def copy_artifacts(docker: Docker, image: str, artifact_dir: Path) -> None:
    """Copy the versions that are in `image` to `artifact_dir`. Raises `DockerFailed` or `OSError`."""
    artifact_dir.mkdir(parents=True, exist_ok=True)
    copy_out(docker, image, {f"{_ARTIFACTS}/.": artifact_dir})


def copy_out(docker: Docker, image: str, targets: dict[str, Path]) -> None:
    """Copy paths of an image to where they say. Raises `DockerFailed`."""
    container = docker.run("create", image).strip()
    try:
        for path, target in targets.items():
            docker.run("cp", f"{container}:{path}", str(target))
    finally:
        docker.run("rm", container)


def check_service(docker: Docker, image: str, url: str, authority: str) -> None:
    """Return once the service at `url` has passed the test in `image`. Raises `ReleaseFailed`."""
    trust = ("--authority", "-") if authority else ()
    try:
        docker.run("run", "--interactive", *_STRICT, image, "flask", "smoke", *trust, url, stdin=authority)
    except DockerFailed as error:
        if error.status != _CHECK_FAILED:
            raise
        raise ReleaseFailed(error.said.rpartition("\n")[2]) from error


def name_repository(image: str) -> str:
    """Return the repository of an image: its name without a tag and without a digest."""
    head, slash, last = image.partition("@")[0].rpartition("/")
    return head + slash + last.partition(":")[0]


def tag_image(docker: Docker, image: str, environment: str) -> None:
    """Have the registry call `image` by an environment: training is compared with it. Raises `DockerFailed`."""
    tag = f"{name_repository(image)}:{environment}"
    fetch_image(docker, image)  # on a swarm of many machines this one need not have it
    docker.run("tag", image, tag)
    docker.run("push", tag)
