"""Runs a real Docker Engine for the tests, and ends it by its id with all that it ran.

Without a network it is on this machine's own and has no bridges: it builds images and speaks to registries. With the
name of a network namespace it has bridges, names of services and published ports, and no way out.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.docker.programs import find_client_folder, find_program
from tests.support.running_program import run_program

_WITHOUT_BRIDGES = ("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false")


@dataclass(frozen=True)
class Engine:
    """A running engine."""

    socket: Path
    network: str | None
    """The network namespace that its published ports are in; `None` for the machine's own."""

    @property
    def url(self) -> str:
        """What DOCKER_HOST is set to."""
        return f"unix://{self.socket}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of programs that speak to it. Debian's client comes first: others may lack commands."""
        return {**os.environ, "PATH": f"{find_client_folder()}:{os.environ['PATH']}", "DOCKER_HOST": self.url}

    def run(self, *arguments: str, stdin: bytes = b"") -> str:
        """Return what a command of Docker prints. Raises `CalledProcessError`, with what it says."""
        command = [find_program("/usr/bin/docker"), *arguments]
        ended = subprocess.run(command, env=self.environment, input=stdin, capture_output=True, timeout=600)
        if ended.returncode != 0:
            raise subprocess.CalledProcessError(ended.returncode, command, ended.stdout, ended.stderr.decode())
        return ended.stdout.decode().strip()

    def read_log(self, container: str) -> str:
        """Return what a container has written, to standard output and to standard error."""
        command = [find_program("/usr/bin/docker"), "logs", container]
        ended = subprocess.run(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
        )
        return ended.stdout.decode()

    def is_known(self, image: str) -> bool:
        """Return whether the engine has an image."""
        return bool(self.run("image", "ls", "--quiet", image))

    def enter(self, *command: str) -> list[str]:
        """Return `command` as it runs in the engine's network."""
        return [*list_entry(self.network), *command]


def list_entry(network: str | None) -> list[str]:
    """Return the command that runs another one in a network namespace.

    Not `ip netns exec`, which hides the control groups from the engine.
    """
    return [find_program("nsenter"), f"--net=/run/netns/{network}"] if network else []


@contextmanager
def add_network(name: str) -> Iterator[str]:
    """Give a network namespace of its own to the `with` block: a machine that has nothing but itself."""
    ip = find_program("ip")
    subprocess.run([ip, "netns", "add", name], check=True)
    try:
        subprocess.run([ip, "-n", name, "link", "set", "lo", "up"], check=True)
        yield name
    finally:
        subprocess.run([ip, "netns", "delete", name], check=True)


@contextmanager
def run_engine(folder: Path, network: str | None = None) -> Iterator[Engine]:
    """Run an engine with all its data in `folder`, which is empty again when the `with` block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = Engine(folder / "docker.sock", network)
    command = [*list_entry(network), find_program("/usr/sbin/dockerd"), f"--host={engine.url}"]
    command += [f"--data-root={folder / 'data'}", f"--exec-root={folder / 'exec'}", f"--pidfile={folder / 'pid'}"]
    command += ["--storage-driver=overlay2", *(() if network else _WITHOUT_BRIDGES)]
    options: dict[str, Any] = {"env": _build_path(), "start_new_session": True}
    try:
        with run_program(command, folder / "log", lambda: _answers(engine), **options):
            try:
                yield engine
            finally:
                _remove_containers(engine)
    finally:
        _unmount(folder)
        # Some hundred thousand files, for which Python would take a minute. Nothing that is still mounted is touched.
        subprocess.run(["rm", "--recursive", "--force", "--one-file-system", str(folder)], check=True)


def _build_path() -> Mapping[str, str]:
    return {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/local/sbin:/usr/sbin:/sbin"}


def _answers(engine: Engine) -> bool:
    with suppress(subprocess.CalledProcessError):
        return bool(engine.run("info", "--format", "{{.ID}}"))
    return False


def _remove_containers(engine: Engine) -> None:
    """End all that the engine runs: it must not outlive it."""
    with suppress(subprocess.CalledProcessError, subprocess.TimeoutExpired):
        with suppress(subprocess.CalledProcessError):
            engine.run("swarm", "leave", "--force")
        if containers := engine.run("ps", "--all", "--quiet").split():
            engine.run("rm", "--force", "--volumes", *containers)


def _unmount(folder: Path) -> None:
    """Unmount what the engine has left mounted below `folder`, the innermost first."""
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for path in sorted((each for each in mounted if each.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", path], check=True)
