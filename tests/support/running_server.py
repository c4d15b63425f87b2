"""Starts the real server for a test and ends it, by its id, however the test ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests

ROOT = Path(__file__).parent.parent.parent
# Nobody waits so long but for what hangs: a machine that does much else takes a minute to start a process.
DEADLINE_SECONDS = 120.0


@dataclass(frozen=True)
class RunningServer:
    """A server of the tests: where it listens, its master process, and where it writes its log."""

    port: int
    process: subprocess.Popen[bytes]
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
    port = find_free_port()
    log_file = folder / f"server-{port}.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [*launcher, sys.executable, "-m", module],
            cwd=ROOT,
            env=build_environment(artifact_dir, **{"PORT": str(port), **variables}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = RunningServer(port, process, log_file)
    try:
        yield server
    finally:
        with suppress(subprocess.TimeoutExpired):
            server.stop()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def run_server(
    artifact_dir: Path, folder: Path, launcher: Sequence[str] = (), module: str = "app", **variables: str
) -> Iterator[RunningServer]:
    """Run the server until it is ready, and until the `with` block ends."""
    with start_server(artifact_dir, folder, launcher, module, **variables) as server:
        wait_until(lambda: is_ready(server), lambda: f"ready; the log: {server.read_log()}")
        yield server


def is_ready(server: RunningServer) -> bool:
    """Return whether /ready answers 200. Raises `AssertionError` when the server has ended."""
    assert server.process.poll() is None, f"the server ended; its log: {server.read_log()}"
    with suppress(requests.ConnectionError):
        return requests.get(f"{server.url}/ready", timeout=DEADLINE_SECONDS).status_code == 200
    return False
