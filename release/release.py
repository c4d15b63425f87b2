"""The record of what a stack serves and may go back to: labels of its service, which change with it and no sooner.

Where Swarm itself goes back to the specification before, it goes back to the record before as well.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from release.docker import Docker, ReleaseFailed

MAX_HISTORY = 10

_PREFIX = "ml-service."
_PASSED = f"{_PREFIX}passed"


@dataclass(frozen=True)
class Release:
    """One deployment of an image, with the version that is in it and the variables of its stack files."""

    name: str
    image: str
    version: str
    variables: dict[str, str]

    def __str__(self) -> str:
        return f"{self.name}: {self.image}, version {self.version}"


@dataclass(frozen=True)
class Record:
    """The release that is served, whether it has passed the smoke test, and those before it that have."""

    release: Release
    is_passed: bool = False
    history: tuple[Release, ...] = ()
    """The newest first."""

    def to_labels(self) -> dict[str, str]:
        """Return the labels of the service."""
        release = self.release
        return {
            f"{_PREFIX}release": release.name,
            f"{_PREFIX}image": release.image,
            f"{_PREFIX}version": release.version,
            f"{_PREFIX}variables": json.dumps(release.variables),
            f"{_PREFIX}history": json.dumps([asdict(each) for each in self.history]),
            _PASSED: release.name if self.is_passed else "",
        }

    def find_safe(self) -> Record:
        """Return the record to go back to from the next release: the newest that has passed.

        What is served may be what an interrupted deployment has left. It will do where none before it has passed.
        """
        return self if self.is_passed or not self.history else Record(self.history[0], True, self.history[1:])

    def find_before(self) -> Record | None:
        """Return the record of the release before; what is only another deployment of the same does not count."""
        for index, each in enumerate(self.history):
            if replace(each, name="") != replace(self.release, name=""):
                return Record(each, True, self.history[index + 1 :])
        return None


def build_next(before: Record | None, release: Release) -> Record:
    """Return the record of `release` where it replaces what is served before."""
    if before is None:
        return Record(release)
    passed = (before.release,) if before.is_passed else ()
    return Record(release, history=(passed + before.history)[:MAX_HISTORY])


def read_record(docker: Docker, stack: str) -> Record | None:
    """Return what the stack serves, `None` where there is no such stack. Raises `ReleaseFailed`."""
    service = name_service(stack)
    if service not in docker.read_lines("service", "ls", "--format", "{{.Name}}"):
        return None
    (found,) = docker.inspect("service", service)
    labels = found["Spec"]["Labels"]
    try:
        name, image, version = (labels[f"{_PREFIX}{each}"] for each in ("release", "image", "version"))
        release = Release(name, image, version, json.loads(labels[f"{_PREFIX}variables"]))
        history = tuple(Release(**each) for each in json.loads(labels[f"{_PREFIX}history"]))
        return Record(release, labels.get(_PASSED) == name, history)
    except (KeyError, TypeError, ValueError) as error:
        fault = f"The stack {stack} was not deployed from here: remove it ('docker stack rm') first."
        raise ReleaseFailed(fault) from error


def mark_passed(docker: Docker, stack: str, release: Release) -> None:
    """Have the record say that `release` has passed the smoke test. Raises `DockerFailed`.

    By its name: of another release, which somebody has put there meanwhile, that says nothing.
    """
    docker.run("service", "update", "--detach", "--label-add", f"{_PASSED}={release.name}", name_service(stack))


def name_service(stack: str) -> str:
    """Return the name of the service that has the record."""
    return f"{stack}_ml-service"
