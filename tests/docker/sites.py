"""A machine to deploy to: an engine in a network of its own, which pulls from the registry, and nginx' image."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.docker.clones import run_make
from tests.docker.engine import Engine, add_network, list_entry, run_engine
from tests.docker.look_alikes import copy_image
from tests.docker.registry import Registry

# In a network of its own no port is taken.
HTTP_PORT = 8080
# Not those of docs/release.md, with which every step would take a minute. The time to start is: other tests run beside.
SHORT_DELAYS = {
    "DEPLOY_TIMEOUT_SECONDS": "300",
    "HEALTH_INTERVAL_SECONDS": "1",
    "UPDATE_MONITOR_SECONDS": "5",
    "ROLLBACK_MONITOR_SECONDS": "1",
    "RESTART_DELAY_SECONDS": "1",
}


@dataclass(frozen=True)
class Site:
    """A machine that has Docker and nothing else."""

    engine: Engine
    registry: Registry

    @property
    def url(self) -> str:
        """Where its service answers, in its network."""
        return f"http://127.0.0.1:{HTTP_PORT}"

    def run_make(self, folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run make in the site's network, with what a deployment to it is told."""
        environment = {**self.engine.environment, **self.registry.variables, "HTTP_PORT": str(HTTP_PORT)}
        own = {"ENVIRONMENT": "staging", "SERVICE_URL": self.url, **variables}
        return run_make(folder, *arguments, environment=environment, entry=list_entry(self.engine.network), **own)

    def ask(self, path: str, url: str = "") -> str:
        """Return what a GET answers in the site's network, with its status in the last line."""
        options = ("--silent", "--insecure", "--max-time", "10", "--write-out", "\n%{http_code}")
        command = self.engine.enter("curl", *options, f"{url or self.url}{path}")
        return subprocess.run(command, capture_output=True, text=True).stdout


@contextmanager
def run_site(workplace: Path, name: str, registry: Registry, builder: Engine, nginx_image: str) -> Iterator[Site]:
    """Run the machine `name` until the `with` block ends."""
    with (
        add_network(f"mls{os.getpid()}-{name}") as network,
        registry.listen_in(network),
        run_engine(workplace / name, network) as engine,
    ):
        copy_image(nginx_image, builder, engine)
        yield Site(engine, registry)
