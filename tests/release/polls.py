"""An engine whose service is in another state each time that it is asked, and the wait for it to come to an end."""

from __future__ import annotations

import io
from collections.abc import Collection
from contextlib import redirect_stdout
from typing import Any

import pytest

from release.docker import ReleaseFailed
from release.waiting import wait_until_converged
from tests.release.engine_answers import build_task, write
from tests.release.scripted_docker import ScriptedDocker

Poll = tuple[dict[str, Any], list[dict[str, Any]]]

BOTH_RUN = [build_task("1"), build_task("2")]
FAILED = [
    build_task("4", "failed", "shutdown", status={"Err": "task: non-zero exit (1)"}),
    build_task("5", "rejected", "shutdown", status={"Err": "No such image"}),
    build_task("6", "failed", "shutdown", status={"Err": "unhealthy container"}),
]


def build_docker(*polls: Poll) -> ScriptedDocker:
    """Return an engine of one service, which stays in the last state."""
    docker = ScriptedDocker(
        service_ls="web\n", service_ps="1\n", service_logs="last words\nof the task\n", node_ls="node Ready\n"
    )
    docker.script |= {
        "inspect --type service": [write(service) for service, _ in polls],
        "inspect --type task": [write(*tasks) for _, tasks in polls],
    }
    return docker


def wait(docker: ScriptedDocker, known_tasks: Collection[str] = (), timeout_seconds: float = 60.0) -> list[str]:
    """Wait, and return the lines that were printed."""
    with redirect_stdout(io.StringIO()) as printed:
        wait_until_converged(docker, "stack", known_tasks, timeout_seconds)
    return printed.getvalue().splitlines()


def explain(docker: ScriptedDocker, timeout_seconds: float = 60.0) -> str:
    """Return why the service does not come to a good end."""
    with pytest.raises(ReleaseFailed) as failed:
        wait(docker, timeout_seconds=timeout_seconds)
    return str(failed.value)
