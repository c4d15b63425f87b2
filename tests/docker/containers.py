"""Runs the image as strictly as a container can be run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.docker.engine import Engine
from tests.support.running_server import find_free_port, wait_until

STRICT = (
    "--network=host --read-only --cap-drop=ALL --security-opt=no-new-privileges --memory=1g --pids-limit=100"
).split()


@dataclass(frozen=True)
class Container:
    """A container of the service, at a port of its own."""

    engine: Engine
    name: str
    port: int

    def inspect(self) -> dict[str, Any]:
        """Return what the engine says of it."""
        (found,) = json.loads(self.engine.run("container", "inspect", self.name))
        state: dict[str, Any] = found
        return state

    @property
    def health(self) -> str:
        """What its health check says."""
        return str(self.inspect()["State"]["Health"]["Status"])

    def read_log(self) -> list[dict[str, Any]]:
        """Return the lines of its log."""
        return [json.loads(line) for line in self.engine.read_log(self.name).splitlines()]


@contextmanager
def run_container(engine: Engine, image: str, **variables: str) -> Iterator[Container]:
    """Run the service in a container until the `with` block ends."""
    port = find_free_port()
    name = f"ml-service-{port}"
    environment = {"HOST": "127.0.0.1", "PORT": str(port), **variables}
    options = [option for name, value in environment.items() for option in ("--env", f"{name}={value}")]
    engine.run("run", "--detach", "--name", name, *STRICT, *options, image)
    try:
        yield Container(engine, name, port)
    finally:
        engine.run("rm", "--force", "--volumes", name)


def wait_until_healthy(container: Container) -> None:
    """Return once the health check has succeeded."""
    wait_until(lambda: container.health == "healthy", f"{container.name} is healthy")
