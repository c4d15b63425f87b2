"""The master: gunicorn's, which changes the model without an outage.

gunicorn's own reload ends the old workers while the new ones still load, ends the whole server when one of them fails
to, and hears no other signal until the old ones have left. Here a reload is one way: verify, start, wait, and only then
end the old workers; and it goes on with them wherever that way ends early.
"""

from __future__ import annotations

from collections.abc import Callable

from app.artifacts import Artifact, ArtifactError, check_installation
from app.model.acceptance import accept_version
from app.model.trial import Trial
from app.server.board import Board
from app.server.control import ReloadReport
from app.server.internals import HaltServer
from app.server.logger import log_acceptance
from app.server.preloading import import_modules
from app.server.respawn import RespawnDelay
from app.server.worker_keeper import WorkerKeeper
from app.settings import Settings
from app.web.service import get_service

_POLL_SECONDS = 0.02


class ReloadFailed(Exception):
    """The new workers could not be started."""


class ServiceMaster(WorkerKeeper):
    """A master that keeps a verified artifact for its workers, and changes it at SIGHUP."""

    artifact: Artifact
    """What each new worker loads."""
    board: Board | None = None
    """Where workers see how many connections others have; made for the first of them."""
    generation = 0
    """How often another artifact has been tried; each worker has that of its start."""
    _candidate: Artifact  # during a reload, what may take the artifact's place, and what has had it
    _fallback: Artifact
    _trial: Trial | None = None  # of what may become the candidate
    _settings: Settings
    _report: ReloadReport
    _is_reload_wanted = False

    def adopt(self, settings: Settings, artifact: Artifact) -> None:
        """Give the workers `artifact`, until a reload; called once, before any of them is started."""
        self.artifact = self._candidate = self._fallback = artifact
        self._settings = settings
        self.load_timeout_seconds = settings.load_timeout_seconds
        self._report = ReloadReport(settings.address)
        self._respawn_delay = RespawnDelay()

    def handle_hup(self) -> None:
        """Reload, once all other signals that wait have been handled."""
        self._is_reload_wanted = True

    def manage_workers(self) -> None:
        """Reload if that is wanted, and keep as many workers as there should be."""
        if self._is_reloading:
            return
        while self._is_reload_wanted:
            self._is_reload_wanted = False
            self._is_reloading = True
            self._reload()
            self._is_reloading = False
        super().manage_workers()

    def handle_usr2(self) -> None:
        """Refuse what gunicorn does at SIGUSR2: start a second master from whatever lies on the disk by now."""
        self.log.warning("SIGUSR2 is not supported: SIGHUP changes the model, and new code wants a new process.")

    def forget_artifacts(self) -> None:
        """Release the memory of all artifacts: a worker that has loaded its own needs none of them any more.

        So no other place keeps an artifact while workers are forked, neither an object nor a function on its way.
        """
        del self.artifact, self._candidate, self._fallback
        if self._trial is not None:
            del self._trial.artifact

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
            self.metrics.count_reload(accepted=False)
        else:
            version = self.artifact.metadata.version
            self.log.info("Version %s is served by new workers; the old ones, of version %s, leave.", version, served)
            self._report.end(version)
            self.metrics.count_reload(accepted=True)
        self._candidate = self._fallback = self.artifact

    def _verify(self) -> None:
        """Verify the artifact that is now to be served, and tend the workers meanwhile."""
        check_installation()
        settings = self._settings
        accepted = accept_version(
            settings.artifact_dir,
            settings.model_version,
            settings.build_policy(),
            wait=self._wait_for,
            timeout_seconds=settings.load_timeout_seconds,
        )
        self._trial = None
        self._candidate = accepted.artifact
        import_modules(accepted.outcome.modules)
        log_acceptance(self.log, accepted)

    def _wait_for(self, trial: Trial) -> None:
        self._trial = trial
        self._wait_until(trial.has_ended)

    def _replace_workers(self) -> None:
        """Start as many workers with the candidate as there should be; end the others once these are ready."""
        # However many versions are tried in vain, the counts of the one that is served are not lost to them.
        get_service(self.app.callable).monitor.prepare(self.artifact.metadata)
        self._fallback, self.artifact = self.artifact, self._candidate
        self.generation += 1
        try:
            self._start_workers()
        except Exception:
            self.artifact = self._fallback
            self.retire(worker for worker in self.list_active() if worker.generation == self.generation)
            raise
        self.retire(worker for worker in self.list_active() if worker.generation != self.generation)

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
            self.tend_workers()
