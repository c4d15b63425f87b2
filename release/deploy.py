"""Deploys an image, or goes back to the release before: `python3 -m release.deploy [back]`, as the environment says."""

import os
import re
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress

from release import stack
from release.docker import Docker, DockerFailed, ReleaseFailed, exit_where_it_fails, open_session
from release.images import check_service, fetch_image, name_repository, read_contents
from release.stack import Record
from release.target import Target, read_target
from release.waiting import list_services, list_tasks, wait_until_converged

# To go back matters too much to be given up because a connection fails; and what is removed takes a while to go.
_N_ATTEMPTS, _N_REMOVALS = 3, 24
_RETRY_SECONDS = 5.0
_INTERRUPTED = "Interrupted. The engine goes on with what it was given: deploy again, or roll back."


class Overtaken(ReleaseFailed):
    """Somebody else has deployed meanwhile: what serves is theirs, and is left alone."""


def main() -> None:
    """Deploy what the environment describes, or go back. Exits with 1 and the reason where that fails."""
    is_rollback, started_at = sys.argv[1:] == ["back"], time.monotonic()
    with exit_where_it_fails("Not rolled back" if is_rollback else "Not deployed", _INTERRUPTED):
        target = read_target(os.environ, needs_image=not is_rollback)
        # To go back to what the hosts still have, the registry is not needed.
        with open_session(os.environ, needs_login=not is_rollback) as docker:
            image = (_roll_back if is_rollback else _deploy)(docker, target)
            done = "Rolled back" if is_rollback else f"Deployed to {target.environment}"
            print(f"{done} in {time.monotonic() - started_at:.0f} s.")
            try:
                fetch_image(docker, image)  # on a swarm of many machines this one need not have it
                tag = f"{name_repository(image)}:{target.environment}"
                docker.run("tag", image, tag)
                docker.run("push", tag)
            except DockerFailed as error:
                print(f"The registry does not call it {target.environment}: {error}")


def _deploy(docker: Docker, target: Target) -> str:
    if not stack.is_in_swarm(docker):  # a swarm of one machine, then, which nobody but the machine itself can reach
        docker.run("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:2377")
    version, files = read_contents(docker, target.image)
    if version != target.version:
        raise ReleaseFailed(
            f"{target.image} has version {version} in it, but the artifacts here are of version {target.version}: name "
            "by ARTIFACT_DIR the artifacts that the image was built with, or build it anew."
        )
    release = stack.build_release(docker, target, files, os.environ)
    print(f"Release {release.name}: {release.image}, version {release.version}.")
    before = stack.read_record(docker, target.stack)
    roll_out(docker, target, stack.build_next(before, release), before)
    return release.image


def _roll_back(docker: Docker, target: Target) -> str:
    current = stack.read_record(docker, target.stack) if stack.is_in_swarm(docker) else None
    if current is None:
        raise ReleaseFailed(f"There is no stack {target.stack} that was deployed from here.")
    name, before = current.release.name, current.find_before()
    if before is None:
        raise ReleaseFailed(f"No release before {name} has passed the smoke test: there is nothing to go back to.")
    print(f"Back to release {before.release.name}: {before.release.image}, version {before.release.version}.")
    try:
        serve(docker, target, before, current)
    except (OSError, ReleaseFailed) as error:
        name = _name_current(docker, target)
        now = f"The engine has release {name} now; another rollback goes back from there. See what it serves first."
        raise ReleaseFailed(f"{error}\n{'What serves now cannot be found out.' if name == '?' else now}") from error
    return before.release.image


def _name_current(docker: Docker, target: Target) -> str:
    """Return which release the engine has, `none` where it has none, and `?` where it cannot say."""
    try:
        current = stack.read_record(docker, target.stack)
    except ReleaseFailed:
        return "?"
    return current.release.name if current else "none"


def roll_out(docker: Docker, target: Target, record: Record, before: Record | None) -> None:
    """Have a release serve that passes the smoke test, or `before` again, or nothing. Raises `ReleaseFailed`."""
    try:
        serve(docker, target, record, before)
    except Overtaken:
        raise
    except (OSError, ReleaseFailed) as error:
        print(str(error).partition("\n")[0])
        _check_not_overtaken(docker, target, record, before)
        raise ReleaseFailed(f"{error}\n{_go_back(docker, target, record, before)}") from error


def serve(docker: Docker, target: Target, record: Record, *own: Record | None) -> None:
    """Return once a release serves, instead of one of `own`, and has passed the smoke test. Raises `ReleaseFailed`."""
    release, (_, files) = record.release, read_contents(docker, record.release.image)
    for default in re.findall(r"\$\{NGINX_IMAGE:-([^}]+)\}", files["stack.yml"]):
        with suppress(DockerFailed) if record.is_passed else nullcontext():  # to go back matters more
            fetch_image(docker, release.variables.get("NGINX_IMAGE", default))  # not once the old nginx has ended
    known = list_tasks(docker, *list_services(docker, target.stack))
    _check_not_overtaken(docker, target, record, *own)
    stack.run_release(docker, target.stack, record, files)
    wait_until_converged(docker, target.stack, known, target.timeout_seconds)
    print(f"The smoke test of {target.service_url}.")
    check_service(docker, release.image, target.service_url, target.authority)
    _check_not_overtaken(docker, target, record)
    try:
        if not record.is_passed:
            stack.mark_passed(docker, target.stack, release)
    except DockerFailed as error:
        print(f"Release {release.name} passed, but a rollback will pass it over, as that is not noted: {error}")


def _check_not_overtaken(docker: Docker, target: Target, record: Record, *others: Record | None) -> None:
    name = _name_current(docker, target)
    if name not in ["?", *(each.release.name if each else "none" for each in (record, *others))]:
        there = f"release {name} is there now" if name != "none" else "the stack is gone"
        raise Overtaken(f"Somebody else has deployed or rolled back during release {record.release.name}: {there}.")


def _go_back(docker: Docker, target: Target, record: Record, before: Record | None) -> str:
    """Undo a release, and return a sentence on what serves now."""
    try:
        if before is None:
            _insist(lambda: stack.remove_stack(docker, target.stack), _N_REMOVALS)
            return "There was no release before it, so the stack was removed: nothing serves."
        safe = before.find_safe()
        print(f"Going back to release {safe.release.name}.")
        _insist(lambda: serve(docker, target, safe, record, before), _N_ATTEMPTS)
    except (OSError, ReleaseFailed) as error:
        if before is None:
            return f"There was no release before it, and it is not sure that all of this one was removed: {error}"
        return f"Release {safe.release.name} was to serve again, but that is not sure: {error}"
    return f"Release {safe.release.name} serves on: {safe.release.image}, version {safe.release.version}."


def _insist(act: Callable[[], None], n_attempts: int) -> None:
    for _ in range(1, n_attempts):
        try:
            return act()
        except DockerFailed as error:
            print(f"Once more: {str(error).splitlines()[0]}")
            time.sleep(_RETRY_SECONDS)
    act()


if __name__ == "__main__":
    main()
