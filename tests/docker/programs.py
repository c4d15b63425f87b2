"""Installs what the tests in this folder drive, unless it is there: `python -m tests.docker.programs`, as root.

These are the real things, from Debian's packages: a Docker Engine, a registry, an SSH server, nginx, HAProxy, and what
runs GitLab's pipelines. Nothing of it is left running.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.support import debian_packages
from tests.support.debian_packages import ProgramMissing

# Each program, and the package of Debian's that has it.
_PACKAGES = {
    "/usr/bin/docker": "docker.io",
    "/usr/sbin/dockerd": "docker.io",
    "iptables": "iptables",
    "ip": "iproute2",
    "mmdebstrap": "mmdebstrap",
    "nginx": "nginx",
    "haproxy": "haproxy",
    "docker-registry": "docker-registry",
    "sshd": "openssh-server",
    "ssh": "openssh-client",
    "busybox": "busybox-static",
    "rsync": "rsync",
    "npm": "npm",
}
_PURPOSE = "release tests"
_PIPELINE_FOLDER = Path(sys.prefix) / "pipeline"
_LOCK_FOLDER = Path(__file__).parent / "pipeline"
_LOCK_FILES = ("package.json", "package-lock.json")


def find_program(name: str) -> str:
    """Return the path of a program. Raises `ProgramMissing`."""
    return debian_packages.find_program(name, _PACKAGES, _PURPOSE)


def find_client_folder() -> Path:
    """Return a folder with Debian's client of Docker, under its name, and with nothing else."""
    link = Path(sys.prefix) / "docker" / "docker"
    if not link.is_symlink():
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(find_program("/usr/bin/docker"))
    return link.parent


def find_compose() -> str:
    """Return the path of Docker Compose. Raises `ProgramMissing`.

    The program itself: the command that its package installs forgets how it ended.
    """
    found = find_spec("compose")
    if not found or not found.origin:
        raise ProgramMissing(_PURPOSE, ["docker-compose"], _PACKAGES)
    return str(Path(found.origin).parent / "docker-compose")


def find_pipeline_runner() -> str:
    """Return the path of gitlab-ci-local. Raises `ProgramMissing`."""
    path = _PIPELINE_FOLDER / "node_modules" / ".bin" / "gitlab-ci-local"
    if not path.exists():
        raise ProgramMissing(_PURPOSE, ["gitlab-ci-local"], _PACKAGES)
    return str(path)


def install_programs() -> None:
    """Make all programs available, unless they are. Raises `ProgramMissing`."""
    debian_packages.install_missing(_PACKAGES, _PURPOSE)
    _install_pipeline_runner()


def _install_pipeline_runner() -> None:
    wanted = [(_LOCK_FOLDER / name).read_bytes() for name in _LOCK_FILES]
    there = [_PIPELINE_FOLDER / name for name in _LOCK_FILES]
    if all(path.exists() for path in there) and [path.read_bytes() for path in there] == wanted:
        return
    _PIPELINE_FOLDER.mkdir(exist_ok=True)
    for path, content in zip(there, wanted, strict=True):
        path.write_bytes(content)
    if not _run(["npm", "ci", "--silent", "--no-audit", "--no-fund", "--prefix", str(_PIPELINE_FOLDER)]):
        there[1].unlink()
        raise ProgramMissing(_PURPOSE, ["gitlab-ci-local"], _PACKAGES)


def _run(command: list[str]) -> bool:
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    except FileNotFoundError:
        return False
    return ended.returncode == 0


if __name__ == "__main__":
    try:
        install_programs()
    except ProgramMissing as error:
        sys.exit(str(error))
