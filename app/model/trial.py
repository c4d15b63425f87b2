"""Tries an artifact in another process, so that whatever its pickles do cannot happen to the caller."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

from app.artifacts import Artifact, ArtifactCorrupt, ArtifactError
from app.engines.parallelism import keep_to_this_process
from app.model.model import load_model
from app.signals import STOP_SIGNALS

PROBE_TIMEOUT_SECONDS = 60.0

# Whose modules an artifact's pickles may need, by the format.
_LIBRARIES = frozenset({"joblib", "numpy", "scipy", "sklearn", "threadpoolctl"})
_MAX_FAULT_LENGTH = 2000


class Probe:
    """A trial of an artifact: it is loaded and replays its golden rows while the caller goes on.

    Two processes are forked: one tries, the other watches it and tells the caller how that ended, so that the caller
    need not wait for any process. The caller should run no threads.
    """

    def __init__(self, artifact: Artifact, timeout_seconds: float = PROBE_TIMEOUT_SECONDS) -> None:
        self._version = artifact.metadata.version
        self._read_end, write_end = os.pipe()
        # A signal to stop waits until the watcher has handlers of its own.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            self._watcher = os.fork()
            if self._watcher == 0:
                os.close(self._read_end)
                _watch_and_exit(artifact, write_end, timeout_seconds)
        except OSError:
            os.close(self._read_end)
            raise
        finally:
            os.close(write_end)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def has_ended(self) -> bool:
        """Return whether `get_modules` would answer at once."""
        poll = select.poll()
        poll.register(self._read_end, select.POLLIN)
        return bool(poll.poll(0))

    def get_modules(self) -> list[str]:
        """Return the modules of the libraries that the artifact needs, once it has passed.

        Raises `ArtifactCorrupt` when it has failed, has killed the process that tried it, or took too long, and
        `ArtifactError` when another scikit-learn has pickled it.
        """
        with open(self._read_end, "rb", closefd=False) as pipe:
            verdict = pipe.read()
        self._close()
        told = _parse(verdict)
        if fault := told.get("fault"):
            raise ArtifactCorrupt(self._version, str(fault))
        if refusal := told.get("refusal"):
            raise ArtifactError(str(refusal))
        if not isinstance(told.get("modules"), list):
            raise ArtifactCorrupt(self._version, "trying it ended without a word")
        return [name for name in told["modules"] if isinstance(name, str) and name.split(".")[0] in _LIBRARIES]

    def cancel(self) -> None:
        """End the trial."""
        with suppress(ProcessLookupError):
            os.kill(self._watcher, signal.SIGTERM)
        self._close()

    def _close(self) -> None:
        os.close(self._read_end)
        with suppress(ChildProcessError):  # gunicorn's master waits for every child, and may have been first
            os.waitpid(self._watcher, 0)


def probe_artifact(artifact: Artifact, timeout_seconds: float = PROBE_TIMEOUT_SECONDS) -> list[str]:
    """Try `artifact` to the end and return the modules that it needs. Raises what `Probe.get_modules` raises."""
    probe = Probe(artifact, timeout_seconds)
    try:
        return probe.get_modules()
    except KeyboardInterrupt:
        probe.cancel()
        raise


def _watch_and_exit(artifact: Artifact, write_end: int, timeout_seconds: float) -> NoReturn:
    """Have the artifact tried by a child, write down how that ended, and leave without running anything else."""
    try:
        read_end, child_write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read_end)
            os.close(write_end)
            _try_and_exit(artifact, child_write_end)
        os.close(child_write_end)
        _end_with_child(child)
        verdict = _read_line(read_end, child, timeout_seconds, caller=write_end)
        if verdict is None:
            _kill_group(child)
        _, status = os.waitpid(child, 0)
        _kill_group(child)  # whatever a pickle has left behind
        _write(write_end, verdict or _explain(verdict, os.waitstatus_to_exitcode(status)))
    except OSError as error:
        _write(write_end, _tell(refusal=f"No artifact can be tried now: {error.strerror}."))
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


def _try_and_exit(artifact: Artifact, write_end: int) -> NoReturn:
    try:
        os.setpgid(0, 0)
        # Nothing that a pickle starts may hold on to a lock, a pipe or a socket of the caller.
        os.closerange(3, write_end)
        os.closerange(write_end + 1, os.sysconf("SC_OPEN_MAX"))
        for stop_signal in (*STOP_SIGNALS, signal.SIGCHLD):
            signal.signal(stop_signal, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        _write(write_end, _try(artifact))
    finally:
        os._exit(0)


def _try(artifact: Artifact) -> bytes:
    try:
        keep_to_this_process()
        load_model(artifact)
    except ArtifactCorrupt as error:
        return _tell(fault=error.fault)
    except ArtifactError as error:
        return _tell(refusal=str(error))
    except BaseException as error:  # the caller must hear of anything
        return _tell(fault=f"it cannot be used ({type(error).__name__}: {error})")
    modules = [name for name, module in sys.modules.items() if name.split(".")[0] in _LIBRARIES and module is not None]
    return _tell(modules=modules)


def _tell(**verdict: Any) -> bytes:
    if "fault" in verdict:
        verdict["fault"] = verdict["fault"][:_MAX_FAULT_LENGTH]
    return json.dumps(verdict).encode() + b"\n"


def _parse(verdict: bytes) -> dict[str, Any]:
    """Return what the verdict says; nothing where it is none, as a pickle may write what it likes."""
    try:
        told = json.loads(verdict)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


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
    poll.register(caller, 0)  # errors are always told
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
        return _tell(fault="loading it took too long")
    if exit_code < 0:
        return _tell(fault=f"loading it killed the process that tried, with {signal.Signals(-exit_code).name}")
    return _tell(fault=f"loading it ended the process that tried, with status {exit_code}")
