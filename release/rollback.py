"""Goes back to the release before the one that serves: `python3 -m release.rollback`, configured by the environment."""

from __future__ import annotations

import os
import sys
import time

from release.deploy import FAULTS, print_line
from release.deployment import Target, read_target
from release.docker import Docker
from release.records import find_current, read_release
from release.rolling import RolloutFailed, return_to, tag_image
from release.session import open_session
from release.swarm import is_without_swarm


def main() -> None:
    """Roll back the environment that ENVIRONMENT names. Exits with 1 and the reason where that fails."""
    started_at = time.monotonic()
    try:
        target = read_target(os.environ)
        with open_session(os.environ) as docker:
            _roll_back(docker, target)
    except FAULTS as error:
        sys.exit(f"Not rolled back. {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted. The engine goes on with what it was given.")
    print(f"Rolled back in {time.monotonic() - started_at:.0f} s.")


def _roll_back(docker: Docker, target: Target) -> None:
    current = None if is_without_swarm(docker) else find_current(docker, target.stack)
    if current is None:
        raise RolloutFailed(f"There is no stack {target.stack} that was deployed from here.")
    before = read_release(docker, current).previous
    if before is None:
        raise RolloutFailed(f"Release {current} is the first one: there is nothing to go back to.")
    release = read_release(docker, before)
    print_line(f"Back to release {release.name}: {release.image}, version {release.expectation['model_version']}.")
    return_to(docker, target, release, print_line)
    tag_image(docker, target, release, print_line)


if __name__ == "__main__":
    main()
