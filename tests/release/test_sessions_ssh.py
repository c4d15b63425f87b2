from __future__ import annotations

import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from release.docker import Docker, ReleaseFailed, open_session
from tests.release.programs import write_program
from tests.release.session_environ import KEY, build_environ_with_key
from tests.support.running_server import DEADLINE_SECONDS


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return an environment with a key for SSH."""
    return build_environ_with_key(tmp_path)


def explain(environ: dict[str, str]) -> str:
    with pytest.raises(ReleaseFailed) as refused, open_session(environ):
        pass
    return str(refused.value)


def find_folder(docker: Docker) -> Path:
    """Return the folder of a session that has a key."""
    return Path(docker.environment["PATH"].partition(os.pathsep)[0]).parent


def run_ssh(docker: Docker, *arguments: str) -> list[str]:
    """Run the ssh that Docker finds, and return the words that the real one is given."""
    wrapper = find_folder(docker) / "bin" / "ssh"
    command = [str(wrapper), *arguments]
    ended = subprocess.run(command, env=docker.environment, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    return ended.stdout.splitlines()


def test_tells_ssh_the_key_and_the_hosts(environ: dict[str, str]) -> None:
    with open_session(environ) as docker:
        said = run_ssh(docker, "-l", "deploy", "host", "docker system")
        folder = find_folder(docker)
    options = [
        "IdentitiesOnly=yes",
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "ConnectTimeout=15",
        "ServerAliveInterval=10",
        "ServerAliveCountMax=3",
        f'UserKnownHostsFile="{environ["SSH_KNOWN_HOSTS_FILE"]}"',
        "ControlMaster=auto",
        f"ControlPath={folder}/connection",
        "ControlPersist=30",
    ]
    words = [word for option in options for word in ("-o", option)]
    assert said == ["-i", f"{folder}/key", *words, "-l", "deploy", "host", "docker system"]


def test_ends_the_connection_that_the_commands_have_shared(environ: dict[str, str], tmp_path: Path) -> None:
    notes = tmp_path / "ssh notes"
    write_program(tmp_path / "programs", "ssh", f"printf '%s\\n' \"$*\" >> '{notes}'")
    with open_session(environ) as docker, socket.socket(socket.AF_UNIX) as connection:
        connection.bind(str(find_folder(docker) / "connection"))
        shared = f"ControlPath={find_folder(docker)}/connection"
    (said,) = notes.read_text().splitlines()
    assert said.endswith(f" -O exit -o {shared} any")


def test_leaves_the_other_programs_on_the_path(environ: dict[str, str]) -> None:
    with open_session(environ) as docker:
        assert docker.environment["PATH"] == f"{find_folder(docker)}/bin{os.pathsep}{environ['PATH']}"
        assert os.listdir(find_folder(docker) / "bin") == ["ssh"]


def test_finds_the_hosts_by_a_path_from_here(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = Path(environ["SSH_KNOWN_HOSTS_FILE"])
    monkeypatch.chdir(hosts.parent)
    with open_session({**environ, "SSH_KNOWN_HOSTS_FILE": hosts.name}) as docker:
        assert f'UserKnownHostsFile="{hosts}"' in run_ssh(docker)


@pytest.mark.parametrize("text", [KEY, KEY.rstrip(), KEY.replace("\n", "\r\n"), f"{KEY}\n \n"])
def test_hands_ssh_a_key_that_it_can_read(environ: dict[str, str], text: str) -> None:
    Path(environ["SSH_PRIVATE_KEY_FILE"]).write_bytes(text.encode())
    with open_session(environ) as docker:
        assert (find_folder(docker) / "key").read_bytes() == KEY.encode()


def test_keeps_the_key_from_everybody_else(environ: dict[str, str]) -> None:
    before = os.umask(0)
    try:
        with open_session(environ) as docker:
            files = [find_folder(docker) / name for name in (".", "key", "bin/ssh")]
            modes = [stat.S_IMODE(file.stat().st_mode) for file in files]
    finally:
        os.umask(before)
    assert modes == [0o700, 0o600, 0o700]


@pytest.mark.parametrize("value", ["/none", KEY, 300 * "a"])
def test_never_quotes_what_should_name_the_key_as_it_may_be_the_key(environ: dict[str, str], value: str) -> None:
    assert explain({**environ, "SSH_PRIVATE_KEY_FILE": value}) == (
        "SSH_PRIVATE_KEY_FILE must name a file with the key: make it a variable of type file."
    )


@pytest.mark.parametrize("name", ["", "/none"])
def test_trusts_no_host_that_nobody_knows(environ: dict[str, str], name: str) -> None:
    assert explain({**environ, "SSH_KNOWN_HOSTS_FILE": name}) == (
        "SSH_KNOWN_HOSTS_FILE must name a file with the host's key: 'ssh-keyscan' makes one."
    )


def test_says_that_there_is_no_ssh(environ: dict[str, str], tmp_path: Path) -> None:
    assert explain({**environ, "PATH": str(tmp_path)}) == (
        "There is no 'ssh' on the PATH: install the client of OpenSSH."
    )
