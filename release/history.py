"""Which of the releases that a stack has had may serve again: those that have passed the smoke test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from release.docker import Docker
from release.records import RecordUnreadable, Release, find_current, list_passed, read_release


def find_safe_return(docker: Docker, stack: str) -> str | None:
    """Return the name of the release to go back to from the next one: the newest that has passed the smoke test.

    What serves may be what an interrupted deployment has left, which nobody has tested. It is returned all the same
    where none before it has passed, and `None` where there is no stack. Raises `RecordUnreadable` or `DockerFailed`.
    """
    current = find_current(docker, stack)
    if current is not None:
        passed = list_passed(docker, stack)
        with suppress(RecordUnreadable):  # that one, and so what was before it, is lost
            return next((each.name for each in _walk_back(docker, current) if each.name in passed), current)
    return current


def find_release_before(docker: Docker, current: str) -> Release | None:
    """Return the newest release before `current` that has passed the smoke test, `None` where there is none.

    What is only another deployment of the same, as after a job that was repeated, does not count. Raises
    `RecordUnreadable` or `DockerFailed`.
    """
    serving = read_release(docker, current)
    passed = list_passed(docker, serving.stack)
    for release in _walk_back(docker, serving.previous):
        if release.name in passed and not _is_same(release, serving):
            return release
    return None


def _walk_back(docker: Docker, name: str | None) -> Iterator[Release]:
    """Yield the release `name` and those before it, the newest first."""
    while name is not None:
        release = read_release(docker, name)
        yield release
        name = release.previous


def _is_same(release: Release, other: Release) -> bool:
    """Return whether two releases deploy the same, whatever they are called."""
    first, second = (replace(each, name="", previous=None, variables=_drop_name(each)) for each in (release, other))
    return first == second


def _drop_name(release: Release) -> dict[str, str]:
    return {name: value for name, value in release.variables.items() if name != "RELEASE"}
