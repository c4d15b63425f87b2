"""Runs modules as `python -m` does, but in a fork of a Python that has imported the large libraries already.

Two thirds of what a server needs to start is to import scikit-learn. What depends on how a Python starts (its variables
and limits, its threads, its memory) wants one of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn

import setproctitle

# Nothing of ours, and nothing that looks at the environment while it is imported, as gunicorn does.
_LIBRARIES = (
    *("sklearn.compose", "sklearn.ensemble", "sklearn.linear_model", "sklearn.neighbors", "sklearn.pipeline"),
    *("sklearn.preprocessing", "joblib", "flask", "marshmallow", "apispec"),
)
_MOST_BYTES = 1024 * 1024


class WarmProcess:
    """A process that a warm Python has forked, with what tests use of `subprocess.Popen`."""

    def __init__(self, python: _WarmPython, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._python = python
        self._pidfd = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal, or `None` as long as the process runs."""
        if self.returncode is None and select.select([self._pidfd], [], [], 0)[0]:
            self.returncode = self._python.reap(self.pid)
            os.close(self._pidfd)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit status once the process has ended. Raises `subprocess.TimeoutExpired`."""
        if self.returncode is None and not select.select([self._pidfd], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("a warm process", timeout or 0.0)
        status = self.poll()
        assert status is not None
        return status

    def send_signal(self, signal_number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._pidfd, signal_number)


def run_warm(module: str, environment: Mapping[str, str], folder: Path, output: int) -> WarmProcess:
    """Run a module in a session of its own, with nothing to read; what it writes goes to the descriptor `output`."""
    return _start_python().run(module, environment, folder, output)


class _WarmPython:
    """The Python that forks; it ends with the process that has started it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def run(self, module: str, environment: Mapping[str, str], folder: Path, output: int) -> WarmProcess:
        told = json.dumps({"module": module, "environment": dict(environment), "folder": str(folder)}).encode()
        with self._lock:
            socket.send_fds(self._socket, [told], [output])
            pid = self._receive()
        return WarmProcess(self, pid)

    def reap(self, pid: int) -> int:
        """Return the exit status of a process that has ended."""
        with self._lock:
            self._socket.send(json.dumps({"reap": pid}).encode())
            return self._receive()

    def end(self) -> None:
        """Have it end."""
        self._socket.close()
        self._process.wait()

    def _receive(self) -> int:
        answer = self._socket.recv(_MOST_BYTES)
        assert answer, "the warm Python has ended"
        return int(answer)


@cache
def _start_python() -> _WarmPython:
    python = _WarmPython()
    atexit.register(python.end)
    return python


def _serve(asked: socket.socket) -> None:
    """Fork what is asked for, until nobody asks any more."""
    for name in _LIBRARIES:
        importlib.import_module(name)
    setproctitle.getproctitle()  # it finds where the title is while the environment is as it was
    while True:
        told, descriptors, _, _ = socket.recv_fds(asked, _MOST_BYTES, 1)
        if not told:
            return
        request: dict[str, Any] = json.loads(told)
        if "reap" in request:
            _, status = os.waitpid(request["reap"], 0)
            asked.send(str(os.waitstatus_to_exitcode(status)).encode())
            continue
        pid = os.fork()
        if pid == 0:
            asked.close()
            _become(request, descriptors[0])
        os.close(descriptors[0])
        asked.send(str(pid).encode())


def _become(request: Mapping[str, Any], output: int) -> NoReturn:
    """Be the process that was asked for."""
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.path[0], sys.argv = request["folder"], ["-m"]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        _serve(socket.socket(fileno=int(sys.argv[1])))
