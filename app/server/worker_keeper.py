"""gunicorn's master, as far as it keeps workers: it starts them, replaces those that die, ends those that are too many.

gunicorn's own ends the whole server when a worker fails to start, whenever that is, and starts the next at once.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from typing import Any

from app.logs import count_dropped_lines, finish_log, flush_log
from app.metrics.workers import WorkerMetrics
from app.server.internals import Arbiter, HaltServer
from app.server.respawn import RespawnDelay
from app.signals import STOP_SIGNALS, SURVIVED_SIGNALS
from app.web.service import get_service

# The main loop comes by once a second; after a longer gap the master itself has been stopped.
_LONGEST_TURN_SECONDS = 10.0


class WorkerKeeper(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """A master that keeps as many workers serving as there should be, whatever becomes of each."""

    load_timeout_seconds: float
    """How long a worker may take to load what the trial has loaded before it."""
    _respawn_delay: RespawnDelay
    _is_reloading = False  # when there may be as many workers again
    _has_served = False
    _is_stopping = False
    _last_turn_at = float("inf")
    _paused_until = float("-inf")

    @property
    def metrics(self) -> WorkerMetrics:
        """What counts the workers that start and end."""
        return get_service(self.app.callable).monitor.workers

    def manage_workers(self) -> None:
        """Start and end workers until there are as many as there should be."""
        self.tend_workers()

    def spawn_worker(self) -> int:
        """Start a worker and return its process id.

        Python forgets the signals that a new process gets before it is set up. Blocked, a signal to stop waits until
        the worker has handlers of its own, in `app.server.hooks.post_fork`.
        """
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS | SURVIVED_SIGNALS)
        umask = os.umask(0o077)  # which gunicorn leaves changed where it cannot make the worker's file
        os.umask(umask)
        try:
            process: int = super().spawn_worker()
        except BaseException as error:
            if os.getpid() == self.pid:
                raise
            # Whatever ends a worker must not lead it back into the master's code.
            finish_log()
            code = error.code if isinstance(error, SystemExit) else self.WORKER_BOOT_ERROR
            os._exit(code if isinstance(code, int) else 1)
        finally:
            if os.getpid() == self.pid:
                os.umask(umask)
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self.metrics.count_start()
        return process

    def murder_workers(self) -> None:
        """Kill the workers that do not come back to their loops; not those that were stopped together with the master.

        gunicorn sends SIGABRT first, at which a worker leaves the stacks of its threads, and SIGKILL a second later.
        """
        now = time.monotonic()
        if now - self._last_turn_at > _LONGEST_TURN_SECONDS:
            self._paused_until = now + self.timeout
        self._last_turn_at = now
        if now >= self._paused_until:
            super().murder_workers()

    def stop(self, graceful: bool = True) -> None:
        """Stop the workers, whatever state they are in."""
        self._is_stopping = True
        for worker in self.WORKERS.values():
            worker.tell_last()
        super().stop(graceful)

    def reap_workers(self) -> None:
        """Count the workers that have ended, and delay the next ones where they end one after the other."""
        before = dict(self.WORKERS)
        self._has_served |= any(worker.ready_at for worker in before.values())
        while True:
            try:
                super().reap_workers()
                break
            except HaltServer:  # a worker has failed to start, and others may wait to be reaped
                if not self._has_served and not self._is_stopping:
                    raise
        now = time.monotonic()
        dead = [worker for process, worker in before.items() if process not in self.WORKERS]
        for worker in dead:
            self._count_end(worker)
            self._log_stacks(worker)
        served = [now - worker.ready_at if worker.ready_at else 0.0 for worker in dead if worker.retired_at is None]
        if served:
            self._delay_respawn(min(served))

    def _log_stacks(self, worker: Any) -> None:
        """Log what the threads of a worker were at, if it has crashed, or was killed as it hung."""
        if stacks := worker.read_stacks():
            self.log.error("What the threads of worker %s were at when it ended:\n%s", worker.pid, stacks)

    def _count_end(self, worker: Any) -> None:
        if self._is_stopping or worker.retired_at is not None:
            cause = "retired"
        else:
            cause = "crashed" if worker.ready_at else "startup"
        self.metrics.count_end(worker.row, cause)

    def tend_workers(self) -> None:
        """Start the workers that are missing, end those that are too many and those that are overdue."""
        flush_log()
        self.metrics.set_dropped_lines(count_dropped_lines())
        self.metrics.set_configured(self.num_workers)
        active = sorted(self.list_active(), key=lambda worker: worker.age)
        n_missing = self.num_workers - len(active)
        if not self._is_reloading:
            self.retire(active[: max(-n_missing, 0)])
        if n_missing > 0 and self._respawn_delay.is_due(time.monotonic()):
            self._respawn(n_missing)
        self._kill_overdue()

    def _respawn(self, n_missing: int) -> None:
        try:
            for _ in range(n_missing):
                self.spawn_worker()
        except Exception as error:  # no memory, no process, no file: it may be there later
            self.log.error("A worker cannot be started: %s", error)
            self._delay_respawn(served_seconds=0.0)

    def _delay_respawn(self, served_seconds: float) -> None:
        delay = self._respawn_delay.record_death(time.monotonic(), served_seconds)
        if delay:
            self.log.error("Workers end one after the other: the next one is started in %g seconds.", delay)

    def _kill_overdue(self) -> None:
        """Kill the workers that do not get ready, and those that do not leave within the grace period."""
        now = time.monotonic()
        for worker in list(self.WORKERS.values()):
            if worker.retired_at is not None and now - worker.retired_at > self.cfg.graceful_timeout:
                self.log.warning("Worker %s has not left in time, and is killed.", worker.pid)
                self.kill_worker(worker.pid, signal.SIGKILL)
            elif not worker.ready_at and now - worker.started_at > self.load_timeout_seconds:
                self.log.error(
                    "Worker %s has not loaded the model within %g s (LOAD_TIMEOUT_SECONDS), and is killed.",
                    worker.pid,
                    self.load_timeout_seconds,
                )
                self.kill_worker(worker.pid, signal.SIGKILL)

    def list_active(self) -> list[Any]:
        """Return the workers that are to stay."""
        return [worker for worker in self.WORKERS.values() if worker.retired_at is None]

    def retire(self, workers: Iterable[Any]) -> None:
        """Have `workers` answer what they have, and end."""
        for worker in list(workers):
            worker.retired_at = time.monotonic()
            self.kill_worker(worker.pid, signal.SIGTERM)
