"""gunicorn's master, taught to change the model without an outage.

gunicorn's own reload ends the old workers while the new ones still load, ends the whole server when one of them fails
to, and hears no other signal until the old ones have left. Here a reload is one way: verify, start, wait, and only then
end the old workers; and it goes on with them wherever that way ends early.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer

from app.artifacts import Artifact, ArtifactError, check_installation
from app.processes.preloading import import_modules
from app.processes.probe import PROBE_TIMEOUT_SECONDS, Probe
from app.processes.respawn_delay import RespawnDelay
from app.processes.running_master import ReloadReport
from app.processes.signals import STOP_SIGNALS, SURVIVED_SIGNALS
from app.settings import Settings
from app.verification import log_verified, read_acceptable

# How long a worker may take to load what another process has loaded before it.
START_TIMEOUT_SECONDS = PROBE_TIMEOUT_SECONDS

_POLL_SECONDS = 0.02
# The main loop comes by once a second; after a longer gap the master itself has been stopped.
_LONGEST_TURN_SECONDS = 10.0


class ReloadFailed(Exception):
    """The new workers could not be started."""


class ServiceMaster(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """A master that keeps a verified artifact for its workers, and changes it at SIGHUP."""

    artifact: Artifact
    """What each new worker loads."""
    generation = 0
    """How often another artifact has been tried; each worker has that of its start."""
    _candidate: Artifact  # during a reload, what may take the artifact's place, and what has had it
    _fallback: Artifact
    _settings: Settings
    _report: ReloadReport
    _respawn_delay: RespawnDelay
    _is_reload_wanted = False
    _is_reloading = False
    _has_served = False
    _is_stopping = False
    _last_turn_at = float("inf")
    _paused_until = float("-inf")

    @classmethod
    def take_over(cls, server: Arbiter, settings: Settings, artifact: Artifact) -> None:
        """Make a `ServiceMaster` of gunicorn's master, which has no setting for its class."""
        server.__class__ = cls
        server.artifact = server._candidate = server._fallback = artifact
        server._settings = settings
        server._report = ReloadReport(settings.address)
        server._respawn_delay = RespawnDelay()

    def handle_hup(self) -> None:
        """Reload, once all other signals that wait have been seen to."""
        self._is_reload_wanted = True

    def manage_workers(self) -> None:
        """Reload if that is wanted, and see to it that there are as many workers as there should be."""
        if self._is_reloading:
            return
        while self._is_reload_wanted:
            self._is_reload_wanted = False
            self._is_reloading = True
            self._reload()
            self._is_reloading = False
        self._tend_workers()

    def spawn_worker(self) -> int:
        """Start a worker and return its process id.

        Python forgets the signals that a new process gets before it is set up. Blocked, a signal to stop waits until
        the worker has handlers of its own, in `app.processes.hooks.post_fork`.
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
            code = error.code if isinstance(error, SystemExit) else self.WORKER_BOOT_ERROR
            os._exit(code if isinstance(code, int) else 1)
        finally:
            if os.getpid() == self.pid:
                os.umask(umask)
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return process

    def handle_usr2(self) -> None:
        """Refuse what gunicorn does at SIGUSR2: start a second master from whatever lies on the disk by now."""
        self.log.warning("SIGUSR2 is not supported: SIGHUP changes the model, and new code wants a new process.")

    def murder_workers(self) -> None:
        """Kill the workers that hang; not those that merely were stopped together with the master."""
        now = time.monotonic()
        if now - self._last_turn_at > _LONGEST_TURN_SECONDS:
            self._paused_until = now + self.timeout
        self._last_turn_at = now
        if now >= self._paused_until:
            super().murder_workers()

    def stop(self, graceful: bool = True) -> None:
        """Stop the workers, whatever state they are in."""
        self._is_stopping = True
        super().stop(graceful)

    def reap_workers(self) -> None:
        """Take note of the workers that have ended."""
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
        served = [now - worker.ready_at if worker.ready_at else 0.0 for worker in dead if worker.retired_at is None]
        if served:
            self._delay_respawn(min(served))

    def forget_artifacts(self) -> None:
        """Release the memory of all artifacts: a worker that has loaded its own needs none of them any more.

        So no other place keeps an artifact while workers are forked, neither an object nor a function on its way.
        """
        del self.artifact, self._candidate, self._fallback

    def _reload(self) -> None:
        served = self.artifact.metadata.version
        self._report.begin()
        try:
            self._verify()
            self._replace_workers()
        except (StopIteration, HaltServer):  # by which gunicorn's handlers end the server
            raise
        except Exception as error:  # whatever it is, the old workers are there
            is_foreseen = isinstance(error, ArtifactError | ReloadFailed | OSError)
            self.log.error(
                "The reload is refused, and version %s is served on. %s", served, error, exc_info=not is_foreseen
            )
            self._report.end(served, refusal=str(error))
        else:
            version = self.artifact.metadata.version
            self.log.info("Version %s is served by new workers; the old ones, of version %s, leave.", version, served)
            self._report.end(version)
        self._candidate = self._fallback = self.artifact

    def _verify(self) -> None:
        """Verify the artifact that is now to be served, and tend the workers meanwhile."""
        check_installation()
        self._candidate = read_acceptable(self._settings)
        probe = Probe(self._candidate)
        try:
            self._wait_until(probe.has_ended)
        except Exception:
            probe.cancel()
            raise
        import_modules(probe.get_modules())
        log_verified(self.log, self._candidate)

    def _replace_workers(self) -> None:
        """Start as many workers with the candidate as there should be; end the others once these are ready."""
        self._fallback, self.artifact = self.artifact, self._candidate
        self.generation += 1
        try:
            self._start_workers()
        except Exception:
            self.artifact = self._fallback
            self._retire(worker for worker in self._list_active() if worker.generation == self.generation)
            raise
        self._retire(worker for worker in self._list_active() if worker.generation != self.generation)

    def _start_workers(self) -> None:
        started = [self.spawn_worker() for _ in range(self.num_workers)]

        def are_ready_or_dead() -> bool:
            return all(process not in self.WORKERS or self.WORKERS[process].ready_at for process in started)

        self._wait_until(are_ready_or_dead)
        if any(process not in self.WORKERS for process in started):
            raise ReloadFailed("A worker has ended while it loaded it: the log says more.")

    def _wait_until(self, condition: Callable[[], bool]) -> None:
        """Do what the main loop does until `condition` holds; probes and workers have time limits of their own."""
        while not condition():
            for number in self.wait_for_signals(timeout=_POLL_SECONDS):
                getattr(self, f"handle_{self.SIG_NAMES[number]}")()
            self.murder_workers()
            self._tend_workers()

    def _tend_workers(self) -> None:
        """Start the workers that are missing, end those that are too many and those that are overdue."""
        active = sorted(self._list_active(), key=lambda worker: worker.age)
        n_missing = self.num_workers - len(active)
        if not self._is_reloading:
            self._retire(active[: max(-n_missing, 0)])
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
        delay = self._respawn_delay.note_death(time.monotonic(), served_seconds)
        if delay:
            self.log.error("Workers end one after the other: the next one is started in %g seconds.", delay)

    def _kill_overdue(self) -> None:
        """Kill the workers that do not get ready, and those that do not leave within the grace period."""
        now = time.monotonic()
        for worker in list(self.WORKERS.values()):
            if worker.retired_at is not None and now - worker.retired_at > self.cfg.graceful_timeout:
                self.log.warning("Worker %s has not left in time, and is killed.", worker.pid)
                self.kill_worker(worker.pid, signal.SIGKILL)
            elif not worker.ready_at and now - worker.started_at > START_TIMEOUT_SECONDS:
                self.log.error("Worker %s has not become ready in time, and is killed.", worker.pid)
                self.kill_worker(worker.pid, signal.SIGKILL)

    def _list_active(self) -> list[Any]:
        return [worker for worker in self.WORKERS.values() if worker.retired_at is None]

    def _retire(self, workers: Iterable[Any]) -> None:
        """Have `workers` answer what they have, and end."""
        for worker in list(workers):
            worker.retired_at = time.monotonic()
            self.kill_worker(worker.pid, signal.SIGTERM)
