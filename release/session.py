"""What a deployment hands to Docker and nobody else may keep: the registry's password and the key for SSH.

Both are in a folder that only this user can read, and that is removed in the end.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from release.docker import Docker, DockerFailed

# A host that is gone is noticed within half a minute; it would be waited for as long as the command may take.
_SSH = """#!/bin/sh
exec {ssh} -i {key} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \\
    -o ConnectTimeout=15 -o ServerAliveInterval=10 -o ServerAliveCountMax=3 \\
    -o UserKnownHostsFile={known_hosts} -o ControlMaster=auto -o ControlPath={connection} -o ControlPersist=30 "$@"
"""


_CONNECTION = "connection"
_TIMEOUT_SECONDS = 10.0


class SessionImpossible(Exception):
    """The engine cannot be spoken to as the environment says; the message says why."""


@contextmanager
def open_session(environ: Mapping[str, str], tell_no_login: Callable[[str], None] | None = None) -> Iterator[Docker]:
    """Give the Docker that `environ` describes, logged in to CI_REGISTRY and with the key for SSH where there are any.

    Where `tell_no_login` is given, a session without a login is good enough, and a login that fails is told to it.
    Raises `SessionImpossible` or `DockerFailed`.
    """
    with _ending_by_interruption(), tempfile.TemporaryDirectory(prefix="ml-service-") as name:
        folder = Path(name)
        environment = dict(environ)
        # The rest of the environment reaches Docker, and so ssh: these need not.
        password = environment.pop("CI_REGISTRY_PASSWORD", "")
        if environ.get("SSH_PRIVATE_KEY_FILE"):
            _prepare_ssh(folder, environment)
        docker = Docker(environment)
        try:
            if tell_no_login:
                docker.hands_on_login = _try_to_log_in(docker, folder, environ, password, tell_no_login)
            elif environ.get("CI_REGISTRY_USER"):
                _log_in(docker, folder, environ, password)
            yield docker
        finally:
            _close_connection(folder)


@contextmanager
def _ending_by_interruption() -> Iterator[None]:
    """Have what ends a job that is cancelled, or a terminal that is closed, do as Ctrl-C does: the folder must go."""
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)}
    for each, handler in before.items():
        if handler != signal.SIG_IGN:  # as nohup wants it
            signal.signal(each, signal.default_int_handler)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _prepare_ssh(folder: Path, environment: dict[str, str]) -> None:
    """Put an `ssh` in front of the path that knows the key and the hosts."""
    ssh = shutil.which("ssh", path=environment.get("PATH"))
    known_hosts = environment.get("SSH_KNOWN_HOSTS_FILE", "")
    if not ssh:
        raise SessionImpossible("There is no 'ssh' on the PATH: install the client of OpenSSH.")
    if not Path(known_hosts).is_file():
        raise SessionImpossible("SSH_KNOWN_HOSTS_FILE must name a file with the host's key: 'ssh-keyscan' makes one.")
    key = folder / "key"
    try:
        # ssh wants a key that nobody else can read, and its last line ended: variables of pipelines have neither.
        text = Path(environment["SSH_PRIVATE_KEY_FILE"]).read_text().rstrip() + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise SessionImpossible(f"SSH_PRIVATE_KEY_FILE cannot be read: {error}.") from error
    key.touch(mode=0o600)
    key.write_text(text)
    wrapper = folder / "bin" / "ssh"
    wrapper.parent.mkdir()
    known = f'"{Path(known_hosts).absolute()}"'
    quoted = {"ssh": ssh, "key": key, "known_hosts": known, "connection": folder / _CONNECTION}
    wrapper.write_text(_SSH.format(**{name: shlex.quote(str(value)) for name, value in quoted.items()}))
    wrapper.chmod(0o700)
    environment["PATH"] = f"{wrapper.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"


def _close_connection(folder: Path) -> None:
    """End the connection that the commands have shared, which would stay open for a while."""
    if (connection := folder / _CONNECTION).is_socket():
        command = [str(folder / "bin" / "ssh"), "-O", "exit", "-o", f"ControlPath={connection}", "any"]
        with suppress(OSError, subprocess.TimeoutExpired):  # then it ends by itself, a little later
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT_SECONDS)


def _try_to_log_in(
    docker: Docker, folder: Path, environ: Mapping[str, str], password: str, tell: Callable[[str], None]
) -> bool:
    """Return whether there is a login to the registry, and tell why not where there should be."""
    if not environ.get("CI_REGISTRY_USER"):
        return False
    try:
        _log_in(docker, folder, environ, password)
    except (DockerFailed, SessionImpossible) as error:
        tell(f"Without a login to the registry. {error}")
        return False
    return True


def _log_in(docker: Docker, folder: Path, environ: Mapping[str, str], password: str) -> None:
    """Log in with a configuration of this session's own, so that the password does not stay."""
    registry = environ.get("CI_REGISTRY", "")
    if not registry or not password:
        raise SessionImpossible("CI_REGISTRY_USER is set, so CI_REGISTRY and CI_REGISTRY_PASSWORD must be as well.")
    docker.environment["DOCKER_CONFIG"] = str(folder / "docker")
    docker.run("login", "--username", environ["CI_REGISTRY_USER"], "--password-stdin", registry, stdin=password)
