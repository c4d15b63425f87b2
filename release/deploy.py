"""Deploys an image, and goes back by itself where that fails: `python3 -m release.deploy`.

The environment says what and where to; `docs/release.md` lists its variables.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping

from release.deployment import Deployment, DeploymentInvalid, read_deployment
from release.docker import Docker, DockerFailed
from release.expectation import ExpectationUnreadable, read_expectation
from release.history import find_safe_return
from release.images import VersionDiffers, check_version
from release.records import RecordUnreadable
from release.rolling import RolloutFailed, roll_out, tag_image
from release.session import SessionImpossible, open_session
from release.stack import build_release
from release.swarm import EngineUnusable, prepare_engine

# The record of a release has the rows in it, and an engine takes no config of more than 500 or 1000 kB.
_MAX_EXPECTATION_BYTES = 256 * 1024

FAULTS = (
    DeploymentInvalid,
    DockerFailed,
    EngineUnusable,
    ExpectationUnreadable,
    OSError,
    RecordUnreadable,
    RolloutFailed,
    SessionImpossible,
    VersionDiffers,
)


def main() -> None:
    """Deploy what the environment describes. Exits with 1 and the reason where the release before it serves on."""
    try:
        deployment = read_deployment(os.environ)
        with open_session(os.environ) as docker:
            _deploy(docker, deployment, os.environ)
    except FAULTS as error:
        sys.exit(f"Not deployed. {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted. The engine goes on with what it was given: deploy again, or roll back.")


def _deploy(docker: Docker, deployment: Deployment, environ: Mapping[str, str]) -> None:
    started_at = time.monotonic()
    target = deployment.target
    expectation = read_expectation(deployment.artifact_dir).shorten(_MAX_EXPECTATION_BYTES)
    prepare_engine(docker)
    check_version(docker, deployment.image, expectation.model_version)
    previous = find_safe_return(docker, target.stack)
    release = build_release(docker, deployment, expectation, previous, environ)
    print(f"Release {release.name}: {release.image}, version {expectation.model_version}.", flush=True)
    roll_out(docker, target, release, print_line)
    print_line(f"Deployed to {target.environment} in {time.monotonic() - started_at:.0f} s.")
    tag_image(docker, target, release, print_line)


def print_line(line: str) -> None:
    """Print a line at once: somebody may be waiting for it."""
    print(line, flush=True)


if __name__ == "__main__":
    main()
