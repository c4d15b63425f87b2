"""Images: what is in them, the smoke test that they bring along, and their names in the registry.

`python3 -m release.images push TAG FILE` pushes one and writes down its digest, by which it is deployed; `champion`
fetches the version in production, for the next one to be compared with.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

from release.docker import Docker, DockerFailed, ReleaseFailed, exit_where_it_fails, open_session
from release.target import get

# As little as a container can be given; it asks the service from the machine that it runs on.
_STRICT = "--rm --network host --read-only --cap-drop ALL --security-opt no-new-privileges --no-healthcheck".split()
# What registries say of an image that they do not have, and engines after them. Much else is "not found" as well.
_UNKNOWN = r"(manifest|name) unknown|no such manifest|manifest for \S+ not found|resolve reference \S+ \S+: not found"


def fetch_image(docker: Docker, image: str) -> None:
    """Have the engine fetch `image` unless it has it, without asking a registry then. Raises `DockerFailed`."""
    try:
        docker.run("image", "inspect", "--format", "{{.Id}}", image)
    except DockerFailed:
        docker.run("pull", image)


def read_contents(docker: Docker, image: str) -> tuple[str, dict[str, str]]:
    """Return the version in `image` and its stack's files by their paths. Raises `DockerFailed` or `OSError`."""
    fetch_image(docker, image)
    with tempfile.TemporaryDirectory(prefix="ml-service-") as name:
        link, folder = Path(name, "current"), Path(name, "files")
        _copy_out(docker, image, {"/srv/artifacts/current": link, "/srv/docker": folder})
        files = [path for path in folder.rglob("*") if path.is_file()]
        return link.readlink().name, {str(path.relative_to(folder)): path.read_text() for path in files}


def _copy_out(docker: Docker, image: str, targets: dict[str, Path]) -> None:
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
        if error.status != 1:  # then it is not the test that has failed
            raise
        raise ReleaseFailed(error.said.rpartition("\n")[2]) from error


def name_repository(image: str) -> str:
    """Return the repository of an image: its name without a tag and without a digest."""
    return re.sub(r"(:[^/:]*)?(@.*)?$", "", image, count=1)


def push(docker: Docker, tag: str, file: Path) -> None:
    """Push an image, and write `IMAGE=` with its digest into the file, for the jobs that deploy it."""
    docker.run("push", tag)
    names = docker.read_lines("image", "inspect", "--format", '{{join .RepoDigests "\\n"}}', tag)
    found = [each for each in names if each.startswith(f"{name_repository(tag)}@")]
    if not found:
        raise DockerFailed(("push", tag), f"the engine knows no digest of it in {name_repository(tag)}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"IMAGE={found[0]}\n")
    print(f"Pushed {found[0]}.")


def fetch_champion(docker: Docker, image: str, folder: Path) -> None:
    """Copy the version in `image` to `folder`, as the current one; that there is no such image is no fault."""
    if os.path.lexists(folder / "current"):
        raise ReleaseFailed(f"The folder {folder} has a current version already: remove it, or set ARTIFACT_DIR.")
    try:
        docker.run("pull", image)
    except DockerFailed as error:
        if not re.search(_UNKNOWN, str(error), re.IGNORECASE):
            raise
        return print(f"There is no {image}, so no champion yet.")
    folder.mkdir(parents=True, exist_ok=True)
    _copy_out(docker, image, {"/srv/artifacts/.": folder})
    print(f"The champion is that of {image}.")


def main() -> None:
    """Do what the arguments say. Exits with 1 and the reason where that fails."""
    champion, is_push = get(os.environ, "CHAMPION_IMAGE"), sys.argv[1:2] == ["push"]
    if is_push and len(sys.argv) != 4:
        sys.exit("Say what to push, and where to write its digest: python3 -m release.images push TAG FILE")
    if not is_push and not champion:
        sys.exit("CHAMPION_IMAGE must name that in production, such as registry.example.com/ml-service:production.")
    if not is_push and champion == "none":
        return print("No champion is wanted.")
    failure = "Not pushed" if is_push else "The champion was not fetched"
    with exit_where_it_fails(failure), open_session(os.environ) as docker:
        if is_push:
            push(docker, sys.argv[2], Path(sys.argv[3]))
        else:
            fetch_champion(docker, champion, Path(get(os.environ, "ARTIFACT_DIR")))


if __name__ == "__main__":
    main()
