"""Runs a real registry for images, which wants a password, on a free loopback port of several networks at once."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import bcrypt
import requests
import yaml

from tests.docker.engine import list_entry
from tests.docker.programs import find_program
from tests.support.running_program import run_program
from tests.support.running_server import DEADLINE_SECONDS, find_free_port

USER = "pipeline"
PASSWORD = "a-password-of-the-tests"


@dataclass(frozen=True)
class Registry:
    """A registry, under the same address in every network that it is in."""

    port: int
    folder: Path

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    @property
    def variables(self) -> dict[str, str]:
        """What GitLab tells its jobs of a registry."""
        return {"CI_REGISTRY": self.address, "CI_REGISTRY_USER": USER, "CI_REGISTRY_PASSWORD": PASSWORD}

    @contextmanager
    def listen_in(self, network: str | None) -> Iterator[None]:
        """Serve in another network as well, from the same files, until the `with` block ends."""
        command = [*list_entry(network), find_program("docker-registry"), "serve", str(self.folder / "config.yml")]
        with run_program(command, self.folder / f"log-{network}", lambda: self._answers(network)):
            yield

    def _answers(self, network: str | None) -> bool:
        command = [*list_entry(network), find_program("curl"), "-s", f"http://{self.address}/v2/"]
        return b"UNAUTHORIZED" in subprocess.run(command, capture_output=True).stdout


@contextmanager
def run_registry(folder: Path, networks: Sequence[str | None] = (None,)) -> Iterator[Registry]:
    """Run a registry with all its data in `folder` until the `with` block ends."""
    folder.mkdir(parents=True)
    registry = Registry(find_free_port(), folder)
    (folder / "htpasswd").write_text(f"{USER}:{bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(5)).decode()}\n")
    configuration = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": registry.address, "secret": "shared-by-all-of-its-processes"},
        "auth": {"htpasswd": {"realm": "tests", "path": str(folder / "htpasswd")}},
    }
    (folder / "config.yml").write_text(yaml.safe_dump(configuration))
    with ExitStack() as stack:
        for network in networks:
            stack.enter_context(registry.listen_in(network))
        yield registry


def list_tags(registry: Registry, repository: str) -> list[str]:
    """Return the tags of a repository."""
    answer = requests.get(
        f"http://{registry.address}/v2/{repository}/tags/list", auth=(USER, PASSWORD), timeout=DEADLINE_SECONDS
    )
    tags: list[str] = answer.json().get("tags") or []
    return tags
