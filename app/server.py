"""gunicorn's hooks: the master verifies the artifact, each worker loads it from the verified bytes.

The master itself never unpickles or predicts: that might start threads, after which forked children can hang.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from typing import TYPE_CHECKING

from app.artifacts import Artifact, ArtifactError, read_artifact
from app.metrics import count_in_slot
from app.probe import probe_artifact
from app.serving import load_model
from app.settings import Settings

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

_METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"

_STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGQUIT, signal.SIGINT})

_verified: list[Artifact] = []


def on_starting(server: Arbiter) -> None:
    """Verify the artifact before anything listens; a bad one ends the start with one line."""
    settings = Settings.from_env(os.environ)
    try:
        artifact = read_artifact(settings.artifact_dir, settings.model_version)
        probe_artifact(artifact)
    except ArtifactError as error:
        server.log.critical("%s", error)
        sys.exit(1)
    _verified[:] = [artifact]
    server.log.info("Artifact %s is verified.", artifact.metadata.version)


def when_ready(server: Arbiter) -> None:
    """Make the folder of the metrics' files, now that the server listens and `on_exit` is sure to be called."""
    os.environ[_METRICS_DIR] = tempfile.mkdtemp(prefix="ml-service-metrics-")


def pre_fork(server: Arbiter, worker: Worker) -> None:
    """Give the new worker the lowest slot that no living worker has."""
    taken = {other.slot for other in server.WORKERS.values()}
    worker.slot = next(slot for slot in range(len(taken) + 1) if slot not in taken)


def post_fork(server: Arbiter, worker: Worker) -> None:
    """Load the artifact in the worker, from the bytes that the master verified."""
    _hold_stop_signals(server)
    count_in_slot(str(worker.slot))
    load_model(worker.app.callable, _verified[0])


def post_worker_init(worker: Worker) -> None:
    """Let the worker, which handles signals from here on, hear of those that came before."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)


def _hold_stop_signals(server: Arbiter) -> None:
    """Keep signals to stop until the worker handles them.

    Until then the worker has its master's handlers, which only put a signal into a queue that no one reads here: the
    worker would serve on until it is killed. So what came since the fork is taken from the queue and sent again.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    while not server.SIG_QUEUE.empty():
        missed = server.SIG_QUEUE.get_nowait()
        if missed in _STOP_SIGNALS:
            os.kill(os.getpid(), missed)


def on_exit(server: Arbiter) -> None:
    """Remove the metrics' files."""
    shutil.rmtree(os.environ.pop(_METRICS_DIR), ignore_errors=True)
