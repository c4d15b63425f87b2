"""Docker's command line, in sessions with the registry's password and the key for SSH, which nobody else may keep."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_TIMEOUT_SECONDS = 600.0
_QUICK_TIMEOUT_SECONDS = 60.0  # what is quick has its answer at once, or the connection is dead
_NONE: dict[str, str] = {}
_EMPTY: tuple[Any, ...] = (None, {}, [], "")
# A host that is gone is noticed within half a minute; it would be waited for as long as the command may take.
_SSH = """#!/bin/sh
exec {} -i {} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \\
    -o ConnectTimeout=15 -o ServerAliveInterval=10 -o ServerAliveCountMax=3 \\
    -o UserKnownHostsFile={} -o ControlMaster=auto -o ControlPath={} -o ControlPersist=30 "$@"
"""


class ReleaseFailed(Exception):
    """A step of a release that cannot be taken or has failed; the message says why, and what to do."""


class DockerFailed(ReleaseFailed):
    """A command of Docker failed; the message has the command and what it said, `status` how it ended."""

    def __init__(self, arguments: tuple[str, ...], said: str, status: int | None = None) -> None:
        self.said, self.status = said.strip(), status
        super().__init__(f"'docker {' '.join(arguments)}' failed: {self.said or 'it does not say why'}")


class Docker:
    """The commands of Docker, in one environment. All raise `DockerFailed`."""

    def __init__(self, environment: Mapping[str, str], hands_on_login: bool = True) -> None:
        self.environment = dict(environment)
        self.hands_on_login = hands_on_login  # to stacks, which else keep the one that they have

    def run(self, *arguments: str, stdin: str = "", is_quick: bool = False, variables: dict[str, str] = _NONE) -> str:
        """Return what a command prints; `variables` are added to its environment."""
        timeout = _QUICK_TIMEOUT_SECONDS if is_quick else _TIMEOUT_SECONDS
        options: dict[str, Any] = {"env": self.environment | variables, "input": stdin, "timeout": timeout}
        try:
            ended = subprocess.run(["docker", *arguments], capture_output=True, text=True, errors="replace", **options)
        except subprocess.TimeoutExpired as error:
            raise DockerFailed(arguments, f"it has not ended within {timeout:g} seconds") from error
        except OSError as error:
            raise DockerFailed(arguments, f"the program 'docker': {error.strerror}") from error
        if ended.returncode != 0:
            raise DockerFailed(arguments, ended.stderr or ended.stdout, ended.returncode)
        is_log = arguments[:2] == ("service", "logs")  # of what is said on both streams
        return f"{ended.stdout}{ended.stderr if is_log else ''}"

    def read_lines(self, *arguments: str) -> list[str]:
        """Return the lines that a command prints which only asks."""
        return self.run(*arguments, is_quick=True).splitlines()

    def inspect(self, kind: str, *names: str) -> Any:
        """Return a list of what the engine knows of the things with these names, without what says nothing."""
        text = self.run("inspect", "--type", kind, *names, is_quick=True)
        return json.loads(text, object_hook=lambda it: {key: it[key] for key in it if it[key] not in _EMPTY})


@contextmanager
def exit_where_it_fails(failure: str, interruption: str = "Interrupted.") -> Iterator[None]:
    """Exit with `failure` and the reason where what is within fails, and with `interruption` where it is ended."""
    # What ends a job that is cancelled, or a terminal that is closed, does as Ctrl-C does: sessions must be closed.
    for each in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) != signal.SIG_IGN:  # as nohup wants it
            signal.signal(each, signal.default_int_handler)
    try:
        yield
    except (OSError, ReleaseFailed) as error:
        sys.exit(f"{failure}. {error}")
    except KeyboardInterrupt:
        sys.exit(interruption)


@contextmanager
def open_session(environ: Mapping[str, str], needs_login: bool = True) -> Iterator[Docker]:
    """Give the Docker that `environ` describes, logged in to CI_REGISTRY and with the key for SSH if there are any."""
    with tempfile.TemporaryDirectory(prefix="ml-service-") as folder:
        # The rest of the environment reaches Docker, and so ssh: the password need not.
        docker = Docker({each: environ[each] for each in environ if each != "CI_REGISTRY_PASSWORD"}, needs_login)
        if environ.get("SSH_PRIVATE_KEY_FILE"):
            _prepare_ssh(Path(folder), docker.environment)
        try:
            if environ.get("CI_REGISTRY_USER"):
                _log_in(docker, f"{folder}/docker", environ, needs_login)
            yield docker
        finally:
            # The commands have shared a connection, which would stay open for a while.
            if Path(folder, "connection").is_socket():
                command = [f"{folder}/bin/ssh", "-O", "exit", "-o", f"ControlPath={folder}/connection", "any"]
                with suppress(OSError, subprocess.TimeoutExpired):
                    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=10)


def _prepare_ssh(folder: Path, environment: dict[str, str]) -> None:
    ssh = shutil.which("ssh", path=environment.get("PATH"))
    known_hosts = Path(environment.get("SSH_KNOWN_HOSTS_FILE", ""))
    if not ssh:
        raise ReleaseFailed("There is no 'ssh' on the PATH: install the client of OpenSSH.")
    if not os.path.isfile(known_hosts):
        raise ReleaseFailed("SSH_KNOWN_HOSTS_FILE must name a file with the host's key: 'ssh-keyscan' makes one.")
    if not os.path.isfile(environment["SSH_PRIVATE_KEY_FILE"]):  # it is not quoted: it may be the key itself
        raise ReleaseFailed("SSH_PRIVATE_KEY_FILE must name a file with the key: make it a variable of type file.")
    key, wrapper = folder / "key", folder / "bin" / "ssh"
    key.touch(mode=0o600)
    # ssh wants a key that nobody else can read, and its last line ended: variables of pipelines have neither.
    key.write_bytes(Path(environment["SSH_PRIVATE_KEY_FILE"]).read_bytes().replace(b"\r", b"").rstrip() + b"\n")
    wrapper.parent.mkdir()
    words = ssh, str(key), f'"{known_hosts.absolute()}"', str(folder / "connection")
    wrapper.write_text(_SSH.format(*map(shlex.quote, words)))
    wrapper.chmod(0o700)
    environment["PATH"] = f"{wrapper.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"


def _log_in(docker: Docker, folder: str, environ: Mapping[str, str], is_needed: bool) -> None:
    """Log in with a configuration of this session's own, so that the password does not stay."""
    user, registry, password = (environ.get(f"CI_REGISTRY{name}", "") for name in ("_USER", "", "_PASSWORD"))
    try:
        if not registry or not password:
            raise ReleaseFailed("CI_REGISTRY_USER is set, so CI_REGISTRY and CI_REGISTRY_PASSWORD must be as well.")
        docker.environment["DOCKER_CONFIG"] = folder
        docker.run("login", "--username", user, "--password-stdin", registry, stdin=password)
        docker.hands_on_login = True
    except ReleaseFailed as error:
        if is_needed:
            raise
        print(f"Without a login to the registry. {error}")
