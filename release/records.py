"""The releases of a stack, each kept in the swarm itself as a config that nobody mounts.

A record is all that is needed to deploy its release again, so a rollback depends on no file of the past, and what a
release was cannot change after it.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from typing import Any

from release.docker import Docker, DockerFailed
from release.expectation import Expectation

RELEASE_LABEL = "ml-service.release"
STACK_LABEL = "ml-service.stack"
MAIN_SERVICE = "ml-service"
PASSED_LABEL = "ml-service.passed"
MAX_RECORDS = 10

_PASSED_SUFFIX = "-passed"


class RecordUnreadable(Exception):
    """The record of a release cannot be read; the message says which, and what to do."""


@dataclass(frozen=True)
class Release:
    """One deployment of an image: what was deployed, and what the service answers then."""

    name: str
    stack: str
    image: str
    previous: str | None
    """The release that it replaced; `None` for the first one."""
    files: dict[str, str]
    """The stack file, the first, and the files that it names: their texts by their paths."""
    variables: dict[str, str]
    """The variables that the stack file refers to."""
    expectation: dict[str, Any]
    """The version that has to be served, and golden rows, as `release.expectation` writes them."""


def store_release(docker: Docker, release: Release) -> None:
    """Keep `release`. Raises `DockerFailed`."""
    label = f"{STACK_LABEL}={release.stack}"
    docker.run("config", "create", "--label", label, release.name, "-", stdin=json.dumps(asdict(release)))


def read_release(docker: Docker, name: str) -> Release:
    """Return the release of that name. Raises `RecordUnreadable`."""
    try:
        (config,) = docker.inspect("config", name)
        release = Release(**json.loads(base64.b64decode(config["Spec"]["Data"])))
        Expectation.from_json(release.expectation)  # it may be from before a change of that format
    except (DockerFailed, KeyError, TypeError, ValueError) as error:
        raise RecordUnreadable(
            f"The record of release {name} cannot be read: deploy the image that you want instead. ({error})"
        ) from error
    return release


def mark_passed(docker: Docker, release: Release) -> None:
    """Note for good that `release` has passed the smoke test. Raises `DockerFailed`."""
    if release.name not in list_passed(docker, release.stack):
        label = f"{PASSED_LABEL}={release.stack}"
        docker.run("config", "create", "--label", label, f"{release.name}{_PASSED_SUFFIX}", "-", stdin="passed")


def list_passed(docker: Docker, stack: str) -> set[str]:
    """Return the names of the releases that have passed the smoke test. Raises `DockerFailed`."""
    return {name.removesuffix(_PASSED_SUFFIX) for name in _list_configs(docker, f"{PASSED_LABEL}={stack}")}


def find_current(docker: Docker, stack: str) -> str | None:
    """Return the name of the release that the stack serves, `None` where there is no such stack.

    Raises `RecordUnreadable` where something else has made that stack, or `DockerFailed`.
    """
    name = f"{stack}_{MAIN_SERVICE}"
    if name not in docker.read_lines("service", "ls", "--format", "{{.Name}}"):
        return None
    (service,) = docker.inspect("service", name)
    found: str | None = service["Spec"]["Labels"].get(RELEASE_LABEL)
    if found is None:
        raise RecordUnreadable(f"The stack {stack} was not deployed from here: remove it ('docker stack rm') first.")
    return found


def list_records(docker: Docker, stack: str) -> list[str]:
    """Return the names of the releases that are kept, the oldest first. Raises `DockerFailed`."""
    return sorted(_list_configs(docker, f"{STACK_LABEL}={stack}"))


def forget_old(docker: Docker, stack: str) -> None:
    """Remove all but the newest records, never the current one or the one before it. Raises `DockerFailed`."""
    kept = set(list_records(docker, stack)[-MAX_RECORDS:])
    if current := find_current(docker, stack):
        kept |= {current, read_release(docker, current).previous or current}
    if old := [name for name in list_records(docker, stack) if name not in kept]:
        passed = list_passed(docker, stack)
        docker.run("config", "rm", *old, *(f"{name}{_PASSED_SUFFIX}" for name in old if name in passed))


def _list_configs(docker: Docker, label: str) -> list[str]:
    return docker.read_lines("config", "ls", "--filter", f"label={label}", "--format", "{{.Name}}")
