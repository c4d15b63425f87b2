"""Starts the real server for a test and ends it, by its id, however the test ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import requests

from tests.support.depth import IS_LONG
from tests.support.warm_python import WarmProcess, run_warm

ROOT = Path(__file__).parent.parent.parent
# Nobody waits so long but for what hangs: a machine that does much else takes a minute to start a process.
DEADLINE_SECONDS = 120.0
COLD = ("env",)
"""A launcher that does nothing, for a server that starts as it does everywhere else."""
# Variables that are read while Python starts, or while numpy is imported.
_OF_A_COLD_START = ("PYTHON", "OMP_", "OPENBLAS_", "MKL_", "LD_", "MALLOC_")

Process = subprocess.Popen[bytes] | WarmProcess


@dataclass(frozen=True)
class RunningServer:
    """A server of the tests: where it listens, its master process, and where it writes its log."""

    port: int
    process: Process
    log_file: Path

    @property
    def url(self) -> str:
        """The address of the server, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def read_log(self) -> str:
        """Return what the server has written so far."""
        return self.log_file.read_text()

    def connect(self) -> socket.socket:
        """Return a new connection to the server."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_SECONDS)

    def list_workers(self) -> list[int]:
        """Return the process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text().split()]

    def interrupt(self) -> int:
        """Do as Ctrl-C does, to all processes at once, and return the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(DEADLINE_SECONDS)

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """End the server and return its exit status."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal_number)
        return self.process.wait(DEADLINE_SECONDS)


def wait_until(condition: Callable[[], bool], what: str | Callable[[], str]) -> None:
    """Return once `condition` holds; raise `TimeoutError`, which says `what` did not come, after the deadline.

    Where `what` is to be called, it is called then: to say what a program has written by that time.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not within {DEADLINE_SECONDS:g} seconds: {what() if callable(what) else what}")
        time.sleep(0.02)


def find_free_port() -> int:
    """Return a port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def build_environment(artifact_dir: Path, **variables: str) -> dict[str, str]:
    """Return the environment in which a server of the tests runs."""
    own = {"ARTIFACT_DIR": str(artifact_dir), "LOG_FORMAT": "json", "WEB_CONCURRENCY": "2"}
    return {**os.environ, **own, **variables}


@contextmanager
def start_server(
    artifact_dir: Path, folder: Path, launcher: Sequence[str] = (), module: str = "app", **variables: str
) -> Iterator[RunningServer]:
    """Start the server, with its log in `folder`, without waiting for it; it ends with the `with` block.

    `launcher` is a command that becomes the one that follows it.
    """

    def start(environment: Mapping[str, str], log: BinaryIO) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*launcher, sys.executable, "-m", module],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    with _running(start, artifact_dir, folder, variables) as server:
        yield server


@contextmanager
def run_server(
    artifact_dir: Path, folder: Path, launcher: Sequence[str] = (), module: str = "app", **variables: str
) -> Iterator[RunningServer]:
    """Run the server until it is ready, and until the `with` block ends.

    It starts as tests/support/warm_python.py says, but not in `make test-long`, nor where that may make a difference:
    where it has a launcher, be it `COLD`, or a variable that is read while Python starts.
    """

    def start(environment: Mapping[str, str], log: BinaryIO) -> WarmProcess:
        return run_warm(module, environment, ROOT, log.fileno())

    if IS_LONG or launcher or any(name.startswith(_OF_A_COLD_START) for name in variables):
        starting = start_server(artifact_dir, folder, launcher, module, **variables)
    else:
        starting = _running(start, artifact_dir, folder, variables)
    with starting as server:
        wait_until(lambda: is_ready(server), lambda: f"ready; the log: {server.read_log()}")
        yield server


@contextmanager
def _running(
    start: Callable[[Mapping[str, str], BinaryIO], Process],
    artifact_dir: Path,
    folder: Path,
    variables: Mapping[str, str],
) -> Iterator[RunningServer]:
    port = find_free_port()
    log_file = folder / f"server-{port}.log"
    with log_file.open("wb") as log:
        process = start(build_environment(artifact_dir, **{"PORT": str(port), **variables}), log)
    server = RunningServer(port, process, log_file)
    try:
        yield server
    finally:
        with suppress(subprocess.TimeoutExpired):
            server.stop()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def is_ready(server: RunningServer) -> bool:
    """Return whether /ready answers 200. Raises `AssertionError` when the server has ended."""
    assert server.process.poll() is None, f"the server ended; its log: {server.read_log()}"
    with suppress(requests.ConnectionError):
        return requests.get(f"{server.url}/ready", timeout=DEADLINE_SECONDS).status_code == 200
    return False
