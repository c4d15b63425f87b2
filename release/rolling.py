"""Rolls a release out: only once its service has passed the smoke test is it the one that stays."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import suppress

from release.convergence import NotConverged, list_services, list_tasks, wait_until_converged
from release.deployment import Target
from release.docker import Docker, DockerFailed
from release.expectation import Expectation
from release.images import fetch_image
from release.push import name_repository
from release.records import (
    STACK_LABEL,
    RecordUnreadable,
    Release,
    find_current,
    forget_old,
    list_records,
    mark_passed,
    read_release,
    store_release,
)
from release.smoke import SmokeFailed, check_service
from release.stack import find_nginx_image, run_release

_REMOVAL_TIMEOUT_SECONDS = 120.0
_POLL_SECONDS = 1.0
# To go back matters too much to be given up because a connection fails.
_N_ATTEMPTS = 3
_RETRY_SECONDS = 5.0

Tell = Callable[[str], None]


class RolloutFailed(Exception):
    """A release does not serve; the message says why, and what serves instead."""


class Overtaken(RolloutFailed):
    """Somebody else has deployed meanwhile: what serves is theirs, and is left alone."""

    def __init__(self, release: Release, current: str | None) -> None:
        serving = f"release {current} is there now" if current else "the stack is gone"
        super().__init__(f"Somebody else has deployed or rolled back during release {release.name}: {serving}.")


def roll_out(docker: Docker, target: Target, release: Release, tell: Tell) -> None:
    """Have `release` serve, and return once it does and has passed the smoke test.

    Where it does not, the release before it serves on, or again. Where there was none, nothing is left at the engine.
    Raises `RolloutFailed`, or `DockerFailed` or `RecordUnreadable` where nothing has been begun.
    """
    before = find_current(docker, release.stack)
    if (before is None) != (release.previous is None):
        raise Overtaken(release, before)
    store_release(docker, release)
    try:
        _try_release(docker, target, release, tell)
    except (DockerFailed, NotConverged, SmokeFailed) as error:
        tell(_first_line(error))
        _check_not_overtaken(docker, release, {release.name, before})
        raise RolloutFailed(f"{error}\n{_go_back(docker, target, release, before, tell)}") from error
    with suppress(DockerFailed, RecordUnreadable):  # it is served, whatever becomes of what is old
        forget_old(docker, release.stack)


def return_to(docker: Docker, target: Target, release: Release, tell: Tell) -> None:
    """Have a release of the past serve again. Raises `RolloutFailed`; what serves then may be it or another one."""
    try:
        _try_release(docker, target, release, tell)
    except (DockerFailed, NotConverged, SmokeFailed) as error:
        raise RolloutFailed(str(error)) from error


def tag_image(docker: Docker, target: Target, release: Release, tell: Tell) -> None:
    """Have the registry call the image by the name of the environment: the next training is compared with that one.

    Where that is not allowed, it is told, and nothing else comes of it.
    """
    tag = f"{name_repository(release.image)}:{target.environment}"
    try:
        fetch_image(docker, release.image)  # on a swarm of many machines this one need not have it
        docker.run("tag", release.image, tag)
        docker.run("push", tag)
    except DockerFailed as error:
        tell(f"The registry does not call it {tag}: {error}")


def _try_release(docker: Docker, target: Target, release: Release, tell: Tell) -> None:
    _fetch_nginx(docker, release, tell)
    known = list_tasks(docker, release.stack)
    run_release(docker, release)
    wait_until_converged(docker, release.stack, known, target.timeout_seconds, tell)
    tell(f"The smoke test of {target.service_url}.")
    check_service(target.service_url, Expectation.from_json(release.expectation))
    _check_not_overtaken(docker, release, {release.name})
    try:
        mark_passed(docker, release)
    except DockerFailed as error:
        tell(f"Release {release.name} passed, but a rollback will pass it over, as that could not be noted: {error}")


def _fetch_nginx(docker: Docker, release: Release, tell: Tell) -> None:
    """Have nginx's image be there before it is needed: the engine would fetch it when the old nginx has ended."""
    try:
        if image := find_nginx_image(release):
            fetch_image(docker, image)
    except DockerFailed as error:
        tell(f"nginx is not fetched beforehand: {_first_line(error)}")


def _check_not_overtaken(docker: Docker, release: Release, own: Collection[str | None]) -> None:
    """Raise `Overtaken` where the engine has a release that is none of `own`."""
    with suppress(DockerFailed, RecordUnreadable):  # nothing is known of somebody else then
        current = find_current(docker, release.stack)
        if current not in own:
            raise Overtaken(release, current)


def _go_back(docker: Docker, target: Target, release: Release, before: str | None, tell: Tell) -> str:
    """Undo a release, and return a sentence on what serves now."""
    if release.previous is None:
        try:
            _remove(docker, release)
        except DockerFailed as error:
            return f"There was no release before it, and it is not sure that all of this one was removed: {error}"
        return "There was no release before it, so the stack was removed: nothing serves."
    tell(f"Going back to release {release.previous}.")
    try:
        previous = _insist_on(docker, target, release.previous, {release.name, before, release.previous}, tell)
    except (RecordUnreadable, RolloutFailed) as error:
        return f"Release {release.previous} was to serve again, but that is not sure: {error}"
    with suppress(DockerFailed):
        docker.run("config", "rm", release.name)
    return f"Release {previous.name} serves on: {previous.image}, version {previous.expectation['model_version']}."


def _insist_on(docker: Docker, target: Target, name: str, own: Collection[str | None], tell: Tell) -> Release:
    """Have the release `name` serve again instead of one of `own`, and return it; try again where Docker fails."""
    for attempt in range(1, _N_ATTEMPTS + 1):
        try:
            release = read_release(docker, name)
            _check_not_overtaken(docker, release, own)
            return_to(docker, target, release, tell)
            return release
        except (RecordUnreadable, RolloutFailed) as error:
            if attempt == _N_ATTEMPTS or not isinstance(error.__cause__, DockerFailed):
                raise
            tell(f"Once more: {_first_line(error)}")
            time.sleep(_RETRY_SECONDS)
    raise AssertionError("the last attempt returns or raises")


def _remove(docker: Docker, release: Release) -> None:
    """Remove all that is left of a first release. Raises `DockerFailed` where that does not come about in time."""
    deadline = time.monotonic() + _REMOVAL_TIMEOUT_SECONDS
    is_told = False
    while True:
        try:
            if not is_told:
                docker.run("stack", "rm", release.stack)
                is_told = True
            if _is_gone(docker, release.stack):
                _remove_kept(docker, release)
                return
            fault = DockerFailed(("stack", "rm", release.stack), "what it ran is still there")
        except DockerFailed as error:
            fault = error
        if time.monotonic() > deadline:
            raise fault
        time.sleep(_POLL_SECONDS)


def _is_gone(docker: Docker, stack: str) -> bool:
    filters = ("--filter", f"label=com.docker.stack.namespace={stack}")
    return not list_services(docker, stack) and not docker.read_lines("network", "ls", "-q", *filters)


def _remove_kept(docker: Docker, release: Release) -> None:
    """Remove what is no part of the stack: its secrets, and the record."""
    if secrets := docker.read_lines("secret", "ls", "-q", "--filter", f"label={STACK_LABEL}={release.stack}"):
        docker.run("secret", "rm", *secrets)
    if release.name in list_records(docker, release.stack):
        docker.run("config", "rm", release.name)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
