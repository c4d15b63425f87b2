"""Runs the real nginx as in its container: as a user with no rights, on a file system that it cannot write to."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.nginx.configuration import Configuration, write_configuration
from tests.support.raw_http import RawAnswer, read_answer
from tests.support.running_program import run_program
from tests.support.running_server import DEADLINE_SECONDS, wait_until

_NOBODY = 65534
_DROP_RIGHTS = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
_DROP_RIGHTS += ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
# Only the folder that is its first word stays writable for the command that follows it.
_READ_ONLY = ["unshare", "--mount", "sh", "-ec", 'mount --bind "$0" "$0"; mount -o remount,bind,ro /; exec "$@"']


@dataclass(frozen=True)
class RunningNginx:
    """An nginx of the tests."""

    configuration: Configuration
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        """Where it listens without TLS."""
        return self.configuration.port

    @property
    def url(self) -> str:
        """Its address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        """Its address where it speaks TLS."""
        return f"https://127.0.0.1:{self.configuration.tls_port}"

    def connect(self, port: int | None = None) -> socket.socket:
        """Return a new connection, to the port without TLS unless another is named."""
        return socket.create_connection(("127.0.0.1", port or self.port), timeout=DEADLINE_SECONDS)

    def send(self, request: bytes, *, half_close: bool = False) -> RawAnswer:
        """Send `request` on a new connection and return the answer; with `half_close`, nothing more will come."""
        with self.connect() as connection:
            connection.sendall(request)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            return read_answer(connection)

    def read_log(self) -> list[dict[str, Any]]:
        """Return the lines of the log so far."""
        return [json.loads(line) for line in (self.configuration.folder / "stdout").read_text().splitlines()]

    def wait_for_line(self, request_id: str) -> dict[str, Any]:
        """Return the line of a request, which nginx writes only after its answer."""
        wait_until(lambda: any(line["request_id"] == request_id for line in self.read_log()), f"{request_id} is logged")
        return next(line for line in self.read_log() if line["request_id"] == request_id)


@contextmanager
def run_nginx(
    name_server_port: int, service_port: int, *, certificate: tuple[bytes, bytes] | None = None, hasty: bool = False
) -> Iterator[RunningNginx]:
    """Run nginx until the `with` block ends; with TLS where there is a certificate with its key, both in PEM."""
    with make_folder() as folder:
        with_tls = certificate is not None
        configuration = write_configuration(folder, name_server_port, service_port, with_tls=with_tls, hasty=hasty)
        for name, secret in zip(("tls_certificate", "tls_key"), certificate or ()):
            (folder / "secrets" / name).write_bytes(secret)
        with _run(configuration) as process:
            yield RunningNginx(configuration, process)


@contextmanager
def make_folder() -> Iterator[Path]:
    """Make a folder that nginx may read, and write to the folders within it; it goes with the `with` block."""
    with tempfile.TemporaryDirectory(prefix="nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def build_command(configuration: Configuration) -> list[str]:
    """Return the command that runs nginx as the user who must not own anything, as far as this user may decide that."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "The tests need nginx: Debian's package of this name has it."
    command = [program, "-e", "stderr", "-c", str(configuration.file)]
    if os.geteuid() != 0:
        return command
    command = [*_DROP_RIGHTS, *command]
    return [*_READ_ONLY, str(configuration.folder / "tmp"), *command] if _may_mount() else command


def open_output(configuration: Configuration) -> IO[bytes]:
    """Open a file for standard output, and let nginx write to it and to the folder for everything else."""
    output = (configuration.folder / "stdout").open("wb")
    if os.geteuid() == 0:
        for name in ("tmp", "stdout"):
            os.chown(configuration.folder / name, _NOBODY, _NOBODY)
    return output


def _may_mount() -> bool:
    return subprocess.run(["unshare", "--mount", "true"], check=False, stderr=subprocess.DEVNULL).returncode == 0


@contextmanager
def _run(configuration: Configuration) -> Iterator[subprocess.Popen[bytes]]:
    log_file = configuration.folder / "stderr"
    command = [*build_command(configuration), "-g", "daemon off;"]
    with (
        open_output(configuration) as output,
        run_program(command, log_file, lambda: _is_listening(configuration.port), stdout=output) as process,
    ):
        yield process


def _is_listening(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False
