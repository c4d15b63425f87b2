"""Makes a swarm of one machine of an engine that is in none yet, so that a host needs nothing but Docker."""

from __future__ import annotations

from release.docker import Docker, DockerFailed

# Nobody but the machine itself can reach that: it stays a swarm of one until somebody who wants more sets it up.
_ADDRESS = "127.0.0.1"
_PORT = 2377
_MANAGER = ["active", "true"]


class EngineUnusable(Exception):
    """The engine cannot run a stack; the message says why, and what to do."""


def prepare_engine(docker: Docker) -> None:
    """Return once the engine can be given a stack. Raises `EngineUnusable` or `DockerFailed`."""
    if is_without_swarm(docker):
        _make_swarm(docker)
    elif docker.run("info", "--format", "{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}").split() != _MANAGER:
        raise EngineUnusable("The engine is in a swarm that it does not manage: name a manager with DOCKER_HOST.")


def is_without_swarm(docker: Docker) -> bool:
    """Return whether the engine is in no swarm, and so has no stack. Raises `DockerFailed`."""
    docker.run("version")  # fails where no engine answers, and says why: `info` does so with the newest clients alone
    return docker.run("info", "--format", "{{.Swarm.LocalNodeState}}").strip() == "inactive"


def _make_swarm(docker: Docker) -> None:
    addresses = ("--advertise-addr", _ADDRESS, "--listen-addr", f"{_ADDRESS}:{_PORT}")
    try:
        docker.run("swarm", "init", *addresses)
    except DockerFailed as error:
        raise EngineUnusable(f"The engine is in no swarm, and none could be made of it. {error}") from error
