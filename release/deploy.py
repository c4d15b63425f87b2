"""Deploys an image, and goes back by itself where that fails: `python3 -m release.deploy`.

The environment says what and where to; `docs/release.md` lists its variables.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Collection, Mapping

from release.docker import Docker, DockerFailed, ReleaseFailed
from release.images import check_service, check_version, read_contents, tag_image
from release.login import open_session
from release.release import Record, build_next, mark_passed, read_record
from release.stack import build_release, fetch_nginx, prepare_engine, remove_stack, run_release
from release.target import Deployment, Target, read_deployment
from release.waiting import list_tasks, wait_until_converged

# To go back matters too much to be given up because a connection fails.
_N_ATTEMPTS = 3
_RETRY_SECONDS = 5.0

Report = Callable[[str], None]


class Overtaken(ReleaseFailed):
    """Somebody else has deployed meanwhile: what serves is theirs, and is left alone."""


def main() -> None:
    """Deploy what the environment describes. Exits with 1 and the reason where the release before it serves on."""
    try:
        deployment = read_deployment(os.environ)
        with open_session(os.environ) as docker:
            _deploy(docker, deployment, os.environ)
    except (OSError, ReleaseFailed) as error:
        sys.exit(f"Not deployed. {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted. The engine goes on with what it was given: deploy again, or roll back.")


def _deploy(docker: Docker, deployment: Deployment, environ: Mapping[str, str]) -> None:
    started_at = time.monotonic()
    prepare_engine(docker)
    contents = read_contents(docker, deployment.image)
    check_version(contents, deployment.image, deployment.version)
    release = build_release(docker, deployment, contents, environ)
    print_line(f"Release {release}.")
    before = read_record(docker, deployment.target.stack)
    roll_out(docker, deployment.target, build_next(before, release), before, print_line)
    finish(docker, deployment.target, release.image, f"Deployed to {deployment.target.environment}", started_at)


def roll_out(docker: Docker, target: Target, record: Record, before: Record | None, report: Report) -> None:
    """Have a release serve instead of `before`, and return once it does and has passed the smoke test.

    Where it does not, what was before it serves on, or again; where there was nothing, nothing is left at the engine.
    Raises `ReleaseFailed`.
    """
    try:
        serve(docker, target, record, (before,), report)
    except Overtaken:
        raise
    except (OSError, ReleaseFailed) as error:
        report(_first_line(error))
        _check_not_overtaken(docker, target, record, (record, before))
        raise ReleaseFailed(f"{error}\n{_go_back(docker, target, record, before, report)}") from error


def serve(docker: Docker, target: Target, record: Record, own: Collection[Record | None], report: Report) -> None:
    """Return once a release serves, instead of one of `own`, and has passed the smoke test. Raises `ReleaseFailed`."""
    image, files = record.release.image, read_contents(docker, record.release.image).files
    try:
        fetch_nginx(docker, record.release, files)
    except DockerFailed as error:
        report(f"nginx is not fetched beforehand: {_first_line(error)}")
    known = list_tasks(docker, target.stack)
    _check_not_overtaken(docker, target, record, (record, *own))
    run_release(docker, target.stack, record, files)
    wait_until_converged(docker, target.stack, known, target.timeout_seconds, report)
    report(f"The smoke test of {target.service_url}.")
    check_service(docker, image, target.service_url, target.authority)
    _check_not_overtaken(docker, target, record, (record,))
    try:
        if not record.is_passed:
            mark_passed(docker, target.stack, record.release)
    except DockerFailed as error:
        report(f"Release {record.release.name} passed, but a rollback will pass it over, as that is not noted: {error}")


def finish(docker: Docker, target: Target, image: str, done: str, started_at: float) -> None:
    """Say that it is done, and have the registry call the image by the environment, where it allows that."""
    print_line(f"{done} in {time.monotonic() - started_at:.0f} s.")
    try:
        tag_image(docker, image, target.environment)
    except DockerFailed as error:
        print_line(f"The registry does not call it {target.environment}: {error}")


def print_line(line: str) -> None:
    """Print a line at once: somebody may be waiting for it."""
    print(line, flush=True)


def _check_not_overtaken(docker: Docker, target: Target, record: Record, own: Collection[Record | None]) -> None:
    """Raise `Overtaken` where the engine has a release that is none of `own`."""
    try:
        current = read_record(docker, target.stack)
    except ReleaseFailed:  # nothing is known of somebody else then
        return
    if (current and current.release.name) not in [each and each.release.name for each in own]:
        there = f"release {current.release.name} is there now" if current else "the stack is gone"
        name = record.release.name
        raise Overtaken(f"Somebody else has deployed or rolled back during release {name}: {there}.")


def _go_back(docker: Docker, target: Target, record: Record, before: Record | None, report: Report) -> str:
    """Undo a release, and return a sentence on what serves now."""
    if before is None:
        try:
            remove_stack(docker, target.stack)
        except DockerFailed as error:
            return f"There was no release before it, and it is not sure that all of this one was removed: {error}"
        return "There was no release before it, so the stack was removed: nothing serves."
    safe = before.find_safe()
    report(f"Going back to release {safe.release.name}.")
    for attempt in range(1, _N_ATTEMPTS + 1):
        try:
            serve(docker, target, safe, (record, before), report)
            break
        except (OSError, ReleaseFailed) as error:
            if attempt == _N_ATTEMPTS or not isinstance(error, DockerFailed):
                return f"Release {safe.release.name} was to serve again, but that is not sure: {error}"
            report(f"Once more: {_first_line(error)}")
            time.sleep(_RETRY_SECONDS)
    return f"Release {safe.release.name} serves on: {safe.release.image}, version {safe.release.version}."


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


if __name__ == "__main__":
    main()
