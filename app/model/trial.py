"""Trials of artifacts, in another process: whatever their pickles do cannot happen to the caller."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress

from app.artifacts import Artifact
from app.model.findings import find_passes
from app.model.model import Model
from app.model.verdict import Outcome, TrialCutShort, parse_verdict
from app.model.watcher import Measure, watch_and_exit
from app.signals import STOP_SIGNALS

__all__ = ["TRIAL_TIMEOUT_SECONDS", "Measure", "Outcome", "Trial", "TrialCutShort", "replay"]

TRIAL_TIMEOUT_SECONDS = 60.0


def replay(artifact: Artifact) -> dict[str, float]:
    """Load the model of `artifact`, have it answer its golden rows again, and return what its passes are like.

    Raises `ArtifactError`.
    """
    model = Model(artifact)
    return find_passes(model, artifact.golden, *model.check_golden(artifact.golden)).to_measured()


class Trial:
    """A trial of an artifact: it is loaded and replays its golden rows while the caller goes on.

    Two processes are forked: one tries, the other watches it and reports to the caller how that ended, so that the
    caller need not wait for any process. The caller should run no threads.
    """

    def __init__(
        self,
        artifact: Artifact,
        timeout_seconds: float | None = TRIAL_TIMEOUT_SECONDS,
        measure: Measure = replay,
    ) -> None:
        """Begin. The process that tries calls `measure`, which loads the artifact, and has so long for it."""
        self.artifact = artifact
        self._has_ended = False
        self._read_end, write_end = os.pipe()
        # A signal to stop waits until the watcher has handlers of its own.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            self._watcher = os.fork()
            if self._watcher == 0:
                os.close(self._read_end)
                watch_and_exit(artifact, measure, write_end, timeout_seconds)
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

        Raises `ArtifactCorrupt` when it has failed, of the kind `TrialCutShort` when it has killed the process that
        tried it, and `ArtifactError` when it needed too long, when another scikit-learn has pickled it, or as `measure`
        does.
        """
        with open(self._read_end, "rb", closefd=False) as pipe:
            verdict = pipe.read()
        self._close()
        return parse_verdict(verdict, self.artifact.metadata.version)

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
