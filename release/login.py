"""A session with Docker: with the registry's password and the key for SSH, which nobody else may keep.

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

from release.docker import Docker, ReleaseFailed

# A host that is gone is noticed within half a minute; it would be waited for as long as the command may take.
_SSH = """#!/bin/sh
exec {ssh} -i {key} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \\
    -o ConnectTimeout=15 -o ServerAliveInterval=10 -o ServerAliveCountMax=3 \\
    -o UserKnownHostsFile={known_hosts} -o ControlMaster=auto -o ControlPath={connection} -o ControlPersist=30 "$@"
"""
_CONNECTION = "connection"
_TIMEOUT_SECONDS = 10.0

Report = Callable[[str], None]


@contextmanager
def open_session(environ: Mapping[str, str], report_no_login: Report | None = None) -> Iterator[Docker]:
    """Give the Docker that `environ` describes, logged in to CI_REGISTRY and with the key for SSH where there are any.

    Where `report_no_login` is given, a session without a login is good enough, and it is called with why there is none.
    Raises `ReleaseFailed`.
    """
    with _ending_by_interruption(), tempfile.TemporaryDirectory(prefix="ml-service-") as name:
        # The rest of the environment reaches Docker, and so ssh: the password need not.
        folder, environment = Path(name), {each: environ[each] for each in environ if each != "CI_REGISTRY_PASSWORD"}
        if environ.get("SSH_PRIVATE_KEY_FILE"):
            _prepare_ssh(folder, environment)
        docker = Docker(environment)
        try:
            docker.hands_on_login = report_no_login is None or bool(environ.get("CI_REGISTRY_USER"))
            if environ.get("CI_REGISTRY_USER"):
                _log_in(docker, folder, environ, report_no_login)
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
        raise ReleaseFailed("There is no 'ssh' on the PATH: install the client of OpenSSH.")
    if not Path(known_hosts).is_file():
        raise ReleaseFailed("SSH_KNOWN_HOSTS_FILE must name a file with the host's key: 'ssh-keyscan' makes one.")
    try:
        # ssh wants a key that nobody else can read, and its last line ended: variables of pipelines have neither.
        text = Path(environment["SSH_PRIVATE_KEY_FILE"]).read_text().rstrip() + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseFailed(f"SSH_PRIVATE_KEY_FILE cannot be read: {error}.") from error
    key, wrapper = folder / "key", folder / "bin" / "ssh"
    key.touch(mode=0o600)
    key.write_text(text)
    wrapper.parent.mkdir()
    known = f'"{Path(known_hosts).absolute()}"'
    words = {"ssh": ssh, "key": key, "known_hosts": known, "connection": folder / _CONNECTION}
    wrapper.write_text(_SSH.format(**{name: shlex.quote(str(value)) for name, value in words.items()}))
    wrapper.chmod(0o700)
    environment["PATH"] = f"{wrapper.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"


def _close_connection(folder: Path) -> None:
    """End the connection that the commands have shared, which would stay open for a while."""
    if (connection := folder / _CONNECTION).is_socket():
        command = [str(folder / "bin" / "ssh"), "-O", "exit", "-o", f"ControlPath={connection}", "any"]
        with suppress(OSError, subprocess.TimeoutExpired):  # then it ends by itself, a little later
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT_SECONDS)


def _log_in(docker: Docker, folder: Path, environ: Mapping[str, str], report: Report | None) -> None:
    """Log in with a configuration of this session's own, so that the password does not stay."""
    user, registry, password = (environ.get(f"CI_REGISTRY{name}", "") for name in ("_USER", "", "_PASSWORD"))
    try:
        if not registry or not password:
            raise ReleaseFailed("CI_REGISTRY_USER is set, so CI_REGISTRY and CI_REGISTRY_PASSWORD must be as well.")
        docker.environment["DOCKER_CONFIG"] = str(folder / "docker")
        docker.run("login", "--username", user, "--password-stdin", registry, stdin=password)
    except ReleaseFailed as error:
        if report is None:
            raise
        docker.hands_on_login = False
        report(f"Without a login to the registry. {error}")
