"""The master of a running server, as other processes of this machine find it and ask it for a reload.

The master's title says where it listens, and an anonymous file that it holds open tells how its last reload ended. Both
end with the process: nothing on disk can be stale, or be forged by another user.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

_POLL_SECONDS = 0.05
_PROC = Path("/proc")
_REPORT_NAME = "ml-service-reload"
_TITLE = "gunicorn: master [{}]"


class NoAnswer(Exception):
    """A server could not be asked, or has not answered. The message says why, and what to do."""


@dataclass(frozen=True)
class ReloadOutcome:
    """How a reload ended: which version is served by all workers, and why not another where one was refused."""

    version: str = ""
    refusal: str | None = None


@dataclass(frozen=True)
class _Progress:
    """What the master tells of its reloads: how many have begun and ended, and how the last one ended."""

    n_begun: int = 0
    n_ended: int = 0
    outcome: ReloadOutcome = ReloadOutcome()


class ReloadReport:
    """Where the master writes how its reloads go."""

    def __init__(self) -> None:
        self._descriptor = os.memfd_create(_REPORT_NAME)
        self._progress = _Progress()

    def begin(self) -> None:
        """Tell that a reload begins."""
        self._write(replace(self._progress, n_begun=self._progress.n_begun + 1))

    def end(self, version: str, refusal: str | None = None) -> None:
        """Tell that it has ended, with `version` being served."""
        outcome = ReloadOutcome(version, refusal)
        self._write(replace(self._progress, n_ended=self._progress.n_begun, outcome=outcome))

    def _write(self, progress: _Progress) -> None:
        self._progress = progress
        # The line is written before what is left of a longer one is cut off: a reader takes the first line.
        written = os.pwrite(self._descriptor, json.dumps(asdict(progress)).encode() + b"\n", 0)
        os.ftruncate(self._descriptor, written)


def name_service(address: str) -> str:
    """Return what gunicorn calls the service that listens at `address`, in the titles of its processes."""
    return f"ml-service {address}"


def find_master(address: str) -> int:
    """Return the process id of the server that listens at `address`. Raises `NoAnswer`."""
    titles = list(_list_titles())
    wanted = _TITLE.format(name_service(address))
    found = {process for process, title in titles if title == wanted}
    # A process that the master has just forked has its title as well.
    masters = found if len(found) < 2 else {process for process in found if _read_parent(process) not in found}
    if masters:
        return min(masters)
    prefix = _TITLE.format(name_service(""))[:-1]
    others = {title.removeprefix(prefix).rstrip("]") for _, title in titles if title.startswith(prefix)}
    running = f" Running: {', '.join(sorted(others))}." if others else " No other server of yours is running."
    raise NoAnswer(f"No server of yours listens at {address}.{running} Set HOST and PORT to what the server was given.")


def reload_server(address: str, timeout_seconds: float) -> ReloadOutcome:
    """Have the server that listens at `address` reload, and return how that ended. Raises `NoAnswer`."""
    process = find_master(address)
    n_begun = _read_progress(process).n_begun
    try:
        os.kill(process, signal.SIGHUP)
    except OSError as error:
        raise NoAnswer(f"Process {process}, the server, cannot be told to reload: {error.strerror}.") from error
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        progress = _read_progress(process)
        if n_begun < progress.n_ended == progress.n_begun:  # one that began after the signal, and no other since
            return progress.outcome
        time.sleep(_POLL_SECONDS)
    raise NoAnswer(
        f"The server (process {process}) has not ended its reload within {timeout_seconds:g} seconds: see its log."
    )


def _list_titles() -> Iterator[tuple[int, str]]:
    """Yield the id and the title of each process of this user."""
    for entry in _PROC.iterdir():
        with suppress(OSError, ValueError):
            process = int(entry.name)
            if entry.stat().st_uid == os.geteuid() or os.geteuid() == 0:
                yield process, (entry / "cmdline").read_text(errors="replace").rstrip("\0 ")


def _read_parent(process: int) -> int:
    try:
        return int((_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _read_progress(process: int) -> _Progress:
    try:
        for entry in (_PROC / str(process) / "fd").iterdir():
            with suppress(FileNotFoundError):
                if entry.readlink().name.startswith(f"memfd:{_REPORT_NAME}"):
                    return _parse_progress(entry.read_bytes())
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise NoAnswer(f"The server (process {process}) has ended, or cannot be asked: {error}.") from error
    raise NoAnswer(f"The server (process {process}) does not tell how its reloads end: is it this version?")


def _parse_progress(report: bytes) -> _Progress:
    line, _, _ = report.partition(b"\n")
    if not line:
        return _Progress()
    told = json.loads(line)
    return _Progress(told["n_begun"], told["n_ended"], ReloadOutcome(**told["outcome"]))
