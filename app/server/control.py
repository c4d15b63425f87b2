"""The master of a running server, as other processes of this machine find it and ask it for a reload.

The master holds an anonymous file open whose name says where it listens, and whose content how its reloads go. The file
ends with the process: nothing on disk can be stale, or be forged by another user.
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
_REPORT_PREFIX = "memfd:ml-service "
_REPORT_SUFFIX = " (deleted)"  # which the kernel adds, as there is no such file in any folder


class NoAnswer(Exception):
    """A server could not be asked, or has not answered. The message says why, and what to do."""


@dataclass(frozen=True)
class ReloadOutcome:
    """How a reload ended: which version is served by all workers, and why not another where one was refused."""

    version: str = ""
    refusal: str | None = None


@dataclass(frozen=True)
class _Progress:
    """The state of the reloads: how many have begun and ended, and how the last one ended."""

    n_begun: int = 0
    n_ended: int = 0
    outcome: ReloadOutcome = ReloadOutcome()


class ReloadReport:
    """Where the master writes how its reloads go."""

    def __init__(self, address: str) -> None:
        self._descriptor = os.memfd_create(name_service(address))
        self._progress = _Progress()

    def begin(self) -> None:
        """Report that a reload begins."""
        self._write(replace(self._progress, n_begun=self._progress.n_begun + 1))

    def end(self, version: str, refusal: str | None = None) -> None:
        """Report that it has ended, with `version` being served."""
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


def find_master(address: str) -> tuple[int, Path]:
    """Return the process id of the server that listens at `address`, and its report. Raises `NoAnswer`."""
    reports = list(_list_reports())
    found = {process: report for process, listens_at, report in reports if listens_at == address}
    for process, report in found.items():
        if _read_parent(process) not in found:  # all processes of the server have it from the master
            return process, report
    others = sorted({listens_at for _, listens_at, _ in reports})
    if not others:
        raise NoAnswer("No server of yours is running. 'make run' starts one, which serves the current version.")
    raise NoAnswer(
        f"No server of yours listens at {address}, but at {', '.join(others)}. "
        "Set HOST and PORT to what the server was given."
    )


def reload_server(address: str, timeout_seconds: float) -> ReloadOutcome:
    """Have the server that listens at `address` reload, and return how that ended. Raises `NoAnswer`."""
    process, report = find_master(address)
    n_begun = _read_progress(process, report).n_begun
    try:
        os.kill(process, signal.SIGHUP)
    except OSError as error:
        raise NoAnswer(f"Process {process}, the server, cannot be told to reload: {error.strerror}.") from error
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        progress = _read_progress(process, report)
        if progress.n_ended > n_begun:  # one that began after the signal
            return progress.outcome
        time.sleep(_POLL_SECONDS)
    raise NoAnswer(
        f"The server (process {process}) has not ended its reload within {timeout_seconds:g} seconds: see its log."
    )


def _list_reports() -> Iterator[tuple[int, str, Path]]:
    """Yield each process of this user that has a report open, the address in its name, and the report."""
    for entry in _PROC.iterdir():
        with suppress(OSError, ValueError):  # it is no process, has ended, or is of another user
            process = int(entry.name)
            for descriptor in (entry / "fd").iterdir():
                name = descriptor.readlink().name
                if name.startswith(_REPORT_PREFIX):
                    yield process, name.removeprefix(_REPORT_PREFIX).removesuffix(_REPORT_SUFFIX), descriptor


def _read_parent(process: int) -> int:
    try:
        return int((_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _read_progress(process: int, report: Path) -> _Progress:
    try:
        return _parse_progress(report.read_bytes())
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise NoAnswer(f"The server (process {process}) has ended, or cannot be asked: {error}.") from error


def _parse_progress(report: bytes) -> _Progress:
    line, _, _ = report.partition(b"\n")
    if not line:
        return _Progress()
    fields = json.loads(line)
    return _Progress(fields["n_begun"], fields["n_ended"], ReloadOutcome(**fields["outcome"]))
