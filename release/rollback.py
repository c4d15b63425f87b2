"""Goes back to the release before the one that serves: `python3 -m release.rollback`, configured by the environment."""

from __future__ import annotations

import os
import sys
import time

from release.deploy import finish, print_line, serve
from release.docker import Docker, ReleaseFailed
from release.login import open_session
from release.release import read_record
from release.stack import is_without_swarm
from release.target import Target, read_target


def main() -> None:
    """Roll back the environment that ENVIRONMENT names. Exits with 1 and the reason where that fails."""
    try:
        target = read_target(os.environ)
        # The registry is not needed for what the hosts still have.
        with open_session(os.environ, report_no_login=print_line) as docker:
            _roll_back(docker, target)
    except (OSError, ReleaseFailed) as error:
        sys.exit(f"Not rolled back. {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted. The engine goes on with what it was given.")


def _roll_back(docker: Docker, target: Target) -> None:
    started_at = time.monotonic()
    current = None if is_without_swarm(docker) else read_record(docker, target.stack)
    if current is None:
        raise ReleaseFailed(f"There is no stack {target.stack} that was deployed from here.")
    before = current.find_before()
    if before is None:
        name = current.release.name
        raise ReleaseFailed(f"No release before {name} has passed the smoke test: there is nothing to go back to.")
    print_line(f"Back to release {before.release}.")
    try:
        serve(docker, target, before, (current,), print_line)
    except (OSError, ReleaseFailed) as error:
        raise ReleaseFailed(f"{error}\n{_describe_current(docker, target)}") from error
    finish(docker, target, before.release.image, "Rolled back", started_at)


def _describe_current(docker: Docker, target: Target) -> str:
    """Return what serves after a rollback that failed, which may be either of two releases."""
    try:
        current = read_record(docker, target.stack)
    except ReleaseFailed as error:
        return f"What serves now cannot be found out: {error}"
    name = current.release.name if current else "none"
    return f"The engine has release {name} now; another rollback goes back from there. See what it serves first."


if __name__ == "__main__":
    main()
