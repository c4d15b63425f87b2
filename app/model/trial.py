"""Trials of artifacts, in another process: whatever their pickles do cannot happen to the caller."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn

from app.artifacts import Artifact, ArtifactCorrupt, ArtifactError
from app.engines.parallelism import keep_to_this_process
from app.model.model import load_model
from app.signals import STOP_SIGNALS

TRIAL_TIMEOUT_SECONDS = 60.0

# Whose modules an artifact's pickles may need, by the format.
_LIBRARIES = frozenset({"joblib", "numpy", "scipy", "sklearn", "threadpoolctl"})
_MAX_FAULT_LENGTH = 2000


Measure = Callable[[Artifact], Mapping[str, float]]


@dataclass(frozen=True)
class Outcome:
    """What a trial has found that was passed: the modules of libraries that the artifact needs, and the measures."""

    modules: list[str]
    measured: dict[str, float]


class Trial:
    """A trial of an artifact: it is loaded and replays its golden rows while the caller goes on.

    Two processes are forked: one tries, the other watches it and reports to the caller how that ended, so that the
    caller need not wait for any process. The caller should run no threads.
    """

    def __init__(
        self, artifact: Artifact, timeout_seconds: float = TRIAL_TIMEOUT_SECONDS, measure: Measure | None = None
    ) -> None:
        """Begin; once it has been passed, `measure` is called in the same process."""
        self.artifact = artifact
        self._has_ended = False
        self._read_end, write_end = os.pipe()
        # A signal to stop waits until the watcher has handlers of its own.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            self._watcher = os.fork()
            if self._watcher == 0:
                os.close(self._read_end)
                _watch_and_exit(artifact, measure, write_end, timeout_seconds)
        except OSError:
            os.close(self._read_end)
            raise
        finally:
            os.close(write_end)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def has_ended(self) -> bool:
        """Return whether `get_outcome` would answer at once."""
        poll = select.poll()
        poll.register(self._read_end, select.POLLIN)
        return bool(poll.poll(0))

    def get_outcome(self) -> Outcome:
        """Return what the trial has found, once it has been passed.

        Raises `ArtifactCorrupt` when it has failed, has killed the process that tried it, or took too long, and
        `ArtifactError` when another scikit-learn has pickled it.
        """
        with open(self._read_end, "rb", closefd=False) as pipe:
            verdict = pipe.read()
        self._close()
        report = _parse(verdict)
        if fault := report.get("fault"):
            raise ArtifactCorrupt(self.artifact.metadata.version, str(fault))
        if refusal := report.get("refusal"):
            raise ArtifactError(str(refusal))
        modules, measured = report.get("modules"), report.get("measured")
        if not isinstance(modules, list) or not isinstance(measured, dict):
            raise ArtifactCorrupt(self.artifact.metadata.version, "trying it ended without a word")
        return Outcome(list(filter(_is_library, modules)), measured)

    def cancel(self) -> None:
        """End the trial, if it has not ended."""
        if self._has_ended:
            return
        with suppress(ProcessLookupError):
            os.kill(self._watcher, signal.SIGTERM)
        self._close()

    def _close(self) -> None:
        self._has_ended = True
        os.close(self._read_end)
        with suppress(ChildProcessError):  # gunicorn's master waits for every child, and may have been first
            os.waitpid(self._watcher, 0)


def _watch_and_exit(artifact: Artifact, measure: Measure | None, write_end: int, timeout_seconds: float) -> NoReturn:
    """Have the artifact tried by a child, write down how that ended, and leave without running anything else."""
    try:
        read_end, child_write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read_end)
            os.close(write_end)
            _try_and_exit(artifact, measure, child_write_end)
        os.close(child_write_end)
        _end_with_child(child)
        verdict = _read_line(read_end, child, timeout_seconds, caller=write_end)
        if verdict is None:
            _kill_group(child)
        _, status = os.waitpid(child, 0)
        _kill_group(child)  # whatever a pickle has left behind
        _write(write_end, verdict or _explain(verdict, os.waitstatus_to_exitcode(status)))
    except OSError as error:
        _write(write_end, _report(refusal=f"No artifact can be tried now: {error.strerror}."))
    finally:
        os._exit(0)


def _end_with_child(child: int) -> None:
    def end(signal_number: int, frame: FrameType | None) -> None:
        _kill_group(child)
        os._exit(0)

    with suppress(OSError):  # the child does it as well; whoever is first
        os.setpgid(child, child)
    for stop_signal in STOP_SIGNALS:
        signal.signal(stop_signal, end)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _try_and_exit(artifact: Artifact, measure: Measure | None, write_end: int) -> NoReturn:
    try:
        os.setpgid(0, 0)
        # Nothing that a pickle starts may hold on to a lock, a pipe or a socket of the caller.
        os.closerange(3, write_end)
        os.closerange(write_end + 1, os.sysconf("SC_OPEN_MAX"))
        for stop_signal in (*STOP_SIGNALS, signal.SIGCHLD):
            signal.signal(stop_signal, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        _write(write_end, _try(artifact, measure))
    finally:
        os._exit(0)


def _try(artifact: Artifact, measure: Measure | None) -> bytes:
    try:
        keep_to_this_process()
        load_model(artifact)
        measured = measure(artifact) if measure else {}
    except ArtifactCorrupt as error:
        return _report(fault=error.fault)
    except ArtifactError as error:
        return _report(refusal=str(error))
    except BaseException as error:  # the caller must hear of anything
        return _report(fault=f"it cannot be used ({type(error).__name__}: {error})")
    modules = [name for name, module in sys.modules.items() if _is_library(name) and module is not None]
    return _report(modules=modules, measured=dict(measured))


def _is_library(name: Any) -> bool:
    """Return whether this is a module of a library that an artifact may need."""
    return isinstance(name, str) and name.split(".")[0] in _LIBRARIES


def _report(**verdict: Any) -> bytes:
    if "fault" in verdict:
        verdict["fault"] = verdict["fault"][:_MAX_FAULT_LENGTH]
    return json.dumps(verdict).encode() + b"\n"


def _parse(verdict: bytes) -> dict[str, Any]:
    """Return what the verdict says; nothing where it is none, as a pickle may write what it likes."""
    try:
        report = json.loads(verdict)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}


def _write(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as pipe:
        pipe.write(content)


def _read_line(descriptor: int, child: int, timeout_seconds: float, caller: int) -> bytes | None:
    """Return the line that `child` writes: nothing when it ends before that, `None` when it is late.

    It is also late once nobody reads from the pipe `caller` any more.
    """
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.register(os.pidfd_open(child), select.POLLIN)
    poll.register(caller, 0)  # errors are always reported
    deadline = time.monotonic() + timeout_seconds
    content = bytearray()
    while (events := dict(poll.poll(max(deadline - time.monotonic(), 0) * 1000))) and caller not in events:
        received = os.read(descriptor, 65536) if descriptor in events else b""
        content += received
        if content.endswith(b"\n"):
            return bytes(content)
        if not received:
            return b""
    return None


def _explain(verdict: bytes | None, exit_code: int) -> bytes:
    if verdict is None:
        return _report(fault="loading it took too long")
    if exit_code < 0:
        return _report(fault=f"loading it killed the process that tried, with {signal.Signals(-exit_code).name}")
    return _report(fault=f"loading it ended the process that tried, with status {exit_code}")
