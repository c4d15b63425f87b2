"""Tries an artifact in a child process, so that whatever its pickles do cannot happen to the caller."""

from __future__ import annotations

import math
import os
import select
import signal

from app.artifacts import Artifact, ArtifactCorrupt
from app.predictor import ModelPredictor

PROBE_TIMEOUT_SECONDS = 60.0

_PASSED = b"passed"


def probe_artifact(artifact: Artifact, timeout_seconds: float = PROBE_TIMEOUT_SECONDS) -> None:
    """Load `artifact` and replay its golden rows in a child process.

    Raises `ArtifactCorrupt` when that fails, when the child dies of it, and when it takes longer than the timeout.
    The caller should run no threads: the child is a plain fork.
    """
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        signal.alarm(math.ceil(timeout_seconds) + 1)  # should the caller end before the child
        _try_and_exit(artifact, write_end)
    os.close(write_end)
    verdict = None
    try:
        verdict = _read_verdict(read_end, timeout_seconds)
    finally:
        os.close(read_end)
        if verdict is None:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if verdict == _PASSED:
        return
    raise ArtifactCorrupt(artifact.metadata.version, _explain(verdict, os.waitstatus_to_exitcode(status)))


def _try_and_exit(artifact: Artifact, write_end: int) -> None:
    """Write the verdict and leave, whatever happens, without running anything of the parent's."""
    try:
        os.write(write_end, _try(artifact)[: select.PIPE_BUF])
    finally:
        os._exit(0)


def _try(artifact: Artifact) -> bytes:
    try:
        predictor = ModelPredictor()
        predictor.load(artifact)
        predictor.check_golden(artifact.golden)
    except ArtifactCorrupt as error:
        return error.fault.encode(errors="replace")
    except BaseException as error:  # the parent must hear of anything
        return f"it cannot be used ({type(error).__name__}: {error})".encode(errors="replace")
    return _PASSED


def _read_verdict(read_end: int, timeout_seconds: float) -> bytes | None:
    """Return what the child says: empty when it died unheard, `None` when it took too long."""
    readable, _, _ = select.select([read_end], [], [], timeout_seconds)
    return os.read(read_end, select.PIPE_BUF) if readable else None


def _explain(verdict: bytes | None, exit_code: int) -> str:
    if verdict is None:
        return "loading it took too long"
    if verdict:
        return verdict.decode(errors="replace")
    if exit_code < 0:
        return f"loading it killed the process that tried, with {signal.Signals(-exit_code).name}"
    return f"loading it ended the process that tried, with status {exit_code}"
