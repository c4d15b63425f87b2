"""Goes back to the release before the one that serves: `python3 -m release.rollback`, configured by the environment."""

from __future__ import annotations

import os
import sys
import time

from release.deploy import FAULTS, print_line
from release.deployment import Target, read_target
from release.docker import Docker, DockerFailed
from release.history import find_release_before
from release.records import RecordUnreadable, find_current
from release.rolling import RolloutFailed, return_to, tag_image
from release.session import open_session
from release.swarm import is_without_swarm


def main() -> None:
    """Roll back the environment that ENVIRONMENT names. Exits with 1 and the reason where that fails."""
    try:
        target = read_target(os.environ)
        # The registry is not needed for what the hosts still have.
        with open_session(os.environ, tell_no_login=print_line) as docker:
            _roll_back(docker, target)
    except FAULTS as error:
        sys.exit(f"Not rolled back. {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted. The engine goes on with what it was given.")


def _roll_back(docker: Docker, target: Target) -> None:
    started_at = time.monotonic()
    current = None if is_without_swarm(docker) else find_current(docker, target.stack)
    if current is None:
        raise RolloutFailed(f"There is no stack {target.stack} that was deployed from here.")
    release = find_release_before(docker, current)
    if release is None:
        raise RolloutFailed(f"No release before {current} has passed the smoke test: there is nothing to go back to.")
    print_line(f"Back to release {release.name}: {release.image}, version {release.expectation['model_version']}.")
    try:
        return_to(docker, target, release, print_line)
    except RolloutFailed as error:
        raise RolloutFailed(f"{error}\n{_describe_current(docker, target)}") from error
    print_line(f"Rolled back in {time.monotonic() - started_at:.0f} s.")
    tag_image(docker, target, release, print_line)


def _describe_current(docker: Docker, target: Target) -> str:
    """Return what serves after a rollback that failed, which may be either of two releases."""
    try:
        current = find_current(docker, target.stack)
    except (DockerFailed, RecordUnreadable) as error:
        return f"What serves now cannot be found out: {error}"
    return f"The engine has release {current} now; another rollback goes back from there. See what it serves first."


if __name__ == "__main__":
    main()
