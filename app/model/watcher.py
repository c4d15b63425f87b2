"""Watchers: the process that forks one which tries an artifact, and writes down how that ended, whatever happens."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from app.artifacts import Artifact, ArtifactCorrupt, ArtifactError
from app.engines.parallelism import keep_to_this_process
from app.model.verdict import encode_cut, encode_fault, encode_outcome, encode_refusal
from app.signals import STOP_SIGNALS

Measure = Callable[[Artifact], Mapping[str, float]]


def watch_and_exit(artifact: Artifact, measure: Measure, write_end: int, timeout_seconds: float | None) -> NoReturn:
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
        late = encode_refusal(_describe_late(artifact.metadata.version, timeout_seconds))
        _write(write_end, late if verdict is None else verdict or _explain(os.waitstatus_to_exitcode(status)))
    except OSError as error:
        _write(write_end, encode_refusal(f"No artifact can be tried now: {error.strerror}."))
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


def _try_and_exit(artifact: Artifact, measure: Measure, write_end: int) -> NoReturn:
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


def _try(artifact: Artifact, measure: Measure) -> bytes:
    try:
        keep_to_this_process()
        measured = measure(artifact)
    except ArtifactCorrupt as error:
        return encode_fault(error.fault)
    except ArtifactError as error:
        return encode_refusal(str(error))
    except BaseException as error:  # anything is for the caller to know
        return encode_fault(f"it cannot be used ({type(error).__name__}: {error})")
    return encode_outcome(sys.modules, measured)


def _write(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as pipe:
        pipe.write(content)


def _read_line(descriptor: int, child: int, timeout_seconds: float | None, caller: int) -> bytes | None:
    """Return the line that `child` writes: nothing when it ends before that, `None` when it is late.

    It is also late once nobody reads from the pipe `caller` any more.
    """
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.register(os.pidfd_open(child), select.POLLIN)
    poll.register(caller, 0)  # errors are always reported
    deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    content = bytearray()
    while (events := dict(poll.poll(_count_milliseconds(deadline)))) and caller not in events:
        received = os.read(descriptor, 65536) if descriptor in events else b""
        content += received
        if content.endswith(b"\n"):
            return bytes(content)
        if not received:
            return b""
    return None


def _count_milliseconds(deadline: float | None) -> float | None:
    """Return how long there is until `deadline`; `None` where there is none."""
    return None if deadline is None else max(deadline - time.monotonic(), 0) * 1000


def _describe_late(version: str, timeout_seconds: float | None) -> str:
    limit = "" if timeout_seconds is None else f" than {timeout_seconds:g} s"
    return (
        f"Artifact {version} took longer{limit} to load and answer its golden rows, and was not waited for. If it "
        "needs that long on this machine, set LOAD_TIMEOUT_SECONDS to more; else serve another version: 'make models' "
        "lists them."
    )


def _explain(exit_code: int) -> bytes:
    if exit_code < 0:
        return encode_cut(f"loading it killed the process that tried, with {signal.Signals(-exit_code).name}")
    return encode_cut(f"loading it ended the process that tried, with status {exit_code}")
