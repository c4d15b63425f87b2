"""Runs a real SSH server on a free loopback port, for one user who may use one Docker Engine and nothing else."""

from __future__ import annotations

import grp
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.docker.engine import Engine
from tests.docker.programs import find_program
from tests.support.running_program import run_program
from tests.support.running_server import find_free_port

_PRIVILEGE_SEPARATION_FOLDER = Path("/run/sshd")


@dataclass(frozen=True)
class SshServer:
    """A server, the key that opens it, and what one should know of it."""

    user: str
    port: int
    private_key: Path
    known_hosts: Path

    @property
    def docker_host(self) -> str:
        """What DOCKER_HOST is set to."""
        return f"ssh://{self.user}@127.0.0.1:{self.port}"


@contextmanager
def run_ssh_server(folder: Path, user: str, engine: Engine) -> Iterator[SshServer]:
    """Run the server until the `with` block ends. Its sessions speak to `engine`."""
    folder.mkdir()
    for name in ("host", "client"):
        keygen = [find_program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(keygen, check=True)
    server = SshServer(user, find_free_port(), folder / "client", folder / "known_hosts")
    host_key = (folder / "host.pub").read_text().split()
    server.known_hosts.write_text(f"[127.0.0.1]:{server.port} {host_key[0]} {host_key[1]}\n")
    (folder / "sshd.conf").write_text(_configure(folder, server, engine))
    _PRIVILEGE_SEPARATION_FOLDER.mkdir(exist_ok=True)
    command = [find_program("sshd"), "-D", "-e", "-f", str(folder / "sshd.conf")]
    log_file = folder / "log"
    with run_program(command, log_file, lambda: "Server listening" in log_file.read_text()):
        yield server


def _configure(folder: Path, server: SshServer, engine: Engine) -> str:
    lines = [
        "ListenAddress 127.0.0.1",
        f"Port {server.port}",
        f"HostKey {folder / 'host'}",
        "PidFile none",
        f"AuthorizedKeysFile {folder / 'client.pub'}",
        f"AllowUsers {server.user}",
        "PasswordAuthentication no",
        "UsePAM no",
        # The folder of the tests is in one that everybody may write to.
        "StrictModes no",
        f"SetEnv DOCKER_HOST={engine.url}",
    ]
    return "\n".join([*lines, ""])


@contextmanager
def add_user(name: str) -> Iterator[str]:
    """Give a user without a password or a home to the `with` block."""
    subprocess.run([find_program("useradd"), "--no-create-home", "--shell", "/bin/sh", name], check=True)
    try:
        # Without this an account without a password counts as locked.
        subprocess.run([find_program("usermod"), "--password", "*", name], check=True)
        yield name
    finally:
        subprocess.run([find_program("userdel"), name], check=True, capture_output=True)


def hand_over(engine: Engine, user: str) -> None:
    """Let `user` speak to an engine."""
    os.chown(engine.socket, -1, grp.getgrnam(user).gr_gid)
    engine.socket.chmod(0o660)
