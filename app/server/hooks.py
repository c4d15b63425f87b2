"""The hooks of gunicorn: the master verifies the artifact, each worker loads it from the verified bytes.

The master itself never unpickles or predicts: that might start threads, after which forked children can hang.
"""

from __future__ import annotations

import gc
import signal
import sys
import time
from itertools import count

from app.artifacts import ArtifactError
from app.engines.parallelism import keep_to_share, keep_to_this_process
from app.model.acceptance import accept_version
from app.prediction_log.folder import LogFolderUnusable, check_folder
from app.server.board import Board
from app.server.internals import Arbiter, Worker
from app.server.listeners import AddressUnusable, check_addresses, open_listeners
from app.server.logger import log_acceptance
from app.server.master import ServiceMaster
from app.server.preloading import import_modules
from app.settings import Settings, read_settings
from app.signals import STOP_SIGNALS, SURVIVED_SIGNALS, leave_at_once
from app.traces.tracer import TracingUnavailable, check_tracing
from app.web.service import get_service, serve_model

_OTHER_MASTER = (
    "gunicorn's own master neither verifies a model nor reloads one, so it does not serve. "
    "Start the service by 'make run' or 'python -m app'."
)
_NO_TLS = (
    "TLS is not served: whoever connects would be answered in plain text. Leave certificates out of "
    "GUNICORN_CMD_ARGS, and put a proxy that has them in front."
)


def on_starting(server: Arbiter) -> None:
    """Check everything that is needed before anything listens; what is missing ends the start with one line."""
    if not isinstance(server, ServiceMaster):
        server.log.critical(_OTHER_MASTER)
        sys.exit(1)
    if server.cfg.is_ssl:
        server.log.critical(_NO_TLS)
        sys.exit(1)
    settings = read_settings()
    try:
        _prepare(server, settings)
    except (AddressUnusable, ArtifactError, LogFolderUnusable, TracingUnavailable, OSError) as error:
        server.log.critical("%s", error)
        sys.exit(1)


def when_ready(server: Arbiter) -> None:
    """Receive SIGHUP from now on, which asks for a reload."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


def pre_fork(server: Arbiter, worker: Worker) -> None:
    """Record what the master has to know of the new worker, and give it the lowest row that no living one has.

    It counts on in that row where a dead worker has ended, so that rows stay few and no count ever falls.
    """
    worker.generation = server.generation
    worker.started_at = time.monotonic()
    worker.retired_at = None
    taken = {other.row for other in server.WORKERS.values()}
    worker.row = next(row for row in count(start=1) if row not in taken)
    monitor = get_service(worker.app.callable).monitor
    monitor.allow_row(worker.row)
    server.board = server.board or Board(monitor.n_rows)
    worker.place = server.board.get_place(worker.row)
    worker.place.clear()
    monitor.prepare(server.artifact.metadata)


def post_fork(server: Arbiter, worker: Worker) -> None:
    """Load the artifact in the worker, from the bytes that the master verified."""
    _leave_at_stop_signals()
    keep_to_this_process()
    keep_to_share()
    worker.use_row(worker.row)
    serve_model(worker.app.callable, server.artifact)
    service = get_service(worker.app.callable)
    service.start_tracing()
    server.forget_artifacts()
    service.open_prediction_log()


def post_worker_init(worker: Worker) -> None:
    """Announce to the master that the worker, which handles signals by itself from here on, is about to serve."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it is for the master; but it is often sent to all processes
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SURVIVED_SIGNALS)
    # What has been loaded stays: looking through it again and again for garbage takes 50 ms each time.
    gc.collect()
    gc.freeze()
    worker.announce_ready()


def _prepare(server: ServiceMaster, settings: Settings) -> None:
    check_addresses(server, settings)
    check_tracing(settings.otel_exporter_otlp_endpoint)
    if settings.prediction_log_dir is not None:
        check_folder(settings.prediction_log_dir)
    accepted = accept_version(
        settings.artifact_dir,
        settings.model_version,
        settings.build_policy(),
        timeout_seconds=settings.load_timeout_seconds,
    )
    import_modules(accepted.outcome.modules)
    server.adopt(settings, accepted.artifact)
    log_acceptance(server.log, accepted)
    server.LISTENERS = open_listeners(server, settings)


def _leave_at_stop_signals() -> None:
    """Have signals to stop, which the master blocked for the fork, end the worker at once: it has no request yet.

    With its master's handlers, which put a signal into a queue that no one reads here, it would serve on.
    """
    for stop_signal in STOP_SIGNALS:
        signal.signal(stop_signal, leave_at_once)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
