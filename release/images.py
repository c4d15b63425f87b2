"""Images: what is in them, the smoke test that they bring along, and their names in the registry.

`python3 -m release.images push TAG FILE` pushes one and writes down its digest, by which it is deployed;
`python3 -m release.images champion` fetches the version in production, for the next one to be compared with.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from release.docker import Docker, DockerFailed, ReleaseFailed
from release.login import open_session
from release.target import get

_ARTIFACTS = "/srv/artifacts"
_FILES = "/srv/docker"
# As little as a container can be given; it asks the service from the machine that it runs on.
_STRICT = "--rm --network host --read-only --cap-drop ALL --security-opt no-new-privileges --no-healthcheck".split()
_CHECK_FAILED = 1
# What registries say of an image that they do not have, and engines after them. Much else is "not found" as well.
_UNKNOWN = re.compile(
    r"manifest unknown|name unknown|no such manifest|manifest for \S+ not found|resolve reference \S+ \S+: not found",
    re.IGNORECASE,
)


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


def push(docker: Docker, tag: str) -> str:
    """Push the image `tag` and return its name by its digest. Raises `DockerFailed`."""
    docker.run("push", tag)
    for name in docker.read_lines("image", "inspect", "--format", '{{join .RepoDigests "\\n"}}', tag):
        if name.startswith(f"{name_repository(tag)}@"):
            return name
    raise DockerFailed(("push", tag), f"the engine knows no digest of it in {name_repository(tag)}")


def fetch_champion(docker: Docker, image: str, artifact_dir: Path) -> bool:
    """Copy the version in `image` to `artifact_dir`, as the current one; return whether there is such an image.

    Raises `ReleaseFailed`, as where there is a current version already.
    """
    if os.path.lexists(artifact_dir / "current"):
        raise ReleaseFailed(f"The folder {artifact_dir} has a current version already: remove it, or set ARTIFACT_DIR.")
    try:
        docker.run("pull", image)
    except DockerFailed as error:
        if _UNKNOWN.search(str(error)):
            return False
        raise
    artifact_dir.mkdir(parents=True, exist_ok=True)
    copy_out(docker, image, {f"{_ARTIFACTS}/.": artifact_dir})
    return True


def _push(tag: str, file: Path) -> str:
    """Push an image, and write `IMAGE=` with its digest into the file, for the jobs that deploy it."""
    with open_session(os.environ) as docker:
        image = push(docker, tag)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"IMAGE={image}\n")
    return f"Pushed {image}."


def _fetch_champion(image: str) -> str:
    """Fetch the version of the image into ARTIFACT_DIR; that there is none is no fault, and `none` asks for none."""
    if image == "none":
        return "No champion is wanted."
    with open_session(os.environ) as docker:
        is_there = fetch_champion(docker, image, Path(get(os.environ, "ARTIFACT_DIR") or "artifacts"))
    return f"The champion is that of {image}." if is_there else f"There is no {image}, so no champion yet."


def main() -> None:
    """Do what the arguments say, print it, and exit with 1 and the reason where that fails."""
    command, champion = sys.argv[1:], get(os.environ, "CHAMPION_IMAGE")
    is_push = command[:1] == ["push"]
    if is_push and len(command) != 3:
        sys.exit("Say what to push, and where to write its digest: python3 -m release.images push TAG FILE")
    if not is_push and not champion:
        example = "registry.example.com/ml-service:production"
        sys.exit(f"Say in CHAMPION_IMAGE which image is in production, such as {example}.")
    try:
        print(_push(command[1], Path(command[2])) if is_push else _fetch_champion(champion))
    except (OSError, ReleaseFailed) as error:
        sys.exit(f"{'Not pushed' if is_push else 'The champion was not fetched'}. {error}")


if __name__ == "__main__":
    main()
