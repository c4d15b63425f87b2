"""What the machine, and those who mean well, do to a running server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests
from sklearn.ensemble import BaggingClassifier

from app.artifacts import Artifact
from app.publishing.store import publish
from app.server.control import reload_server
from tests.support.broken_artifacts import build_files
from tests.support.load import load_on
from tests.support.processes import is_running, list_descendants
from tests.support.published_models import load_iris_dataset, publish_model
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server, start_server, wait_until

INSTANCE = load_iris_dataset().X[0].tolist()
# Becomes the server, whose log goes to a disk that is full.
WITH_A_FULL_LOG_DISK = ["bash", "-c", 'exec "$@" >/dev/full 2>&1', "bash"]
IN_A_WORKER = "import os\nif 'worker' in open('/proc/self/cmdline').read()"


@pytest.fixture
def artifact_dir(tmp_path: Path, iris_artifact: Artifact) -> Path:
    """Return a folder where one version is published."""
    publish(tmp_path / "artifacts", "good", build_files(iris_artifact, "good"))
    return tmp_path / "artifacts"


@contextmanager
def ending_all_of(server: RunningServer) -> Iterator[None]:
    """End every process that stems from the server, should one be left."""
    try:
        yield
    finally:
        for process in list_descendants(server.process.pid):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def predict(server: RunningServer) -> int:
    """Return the status of the answer to a prediction."""
    return requests.post(f"{server.url}/predict", json={"features": INSTANCE}, timeout=DEADLINE_SECONDS).status_code


def reload(server: RunningServer) -> str | None:
    """Reload and return why that was refused, if it was."""
    return reload_server(f"127.0.0.1:{server.port}", DEADLINE_SECONDS).refusal


def test_a_worker_that_cannot_even_complain_never_runs_the_masters_code(
    artifact_dir: Path, iris_artifact: Artifact, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    code = f"{IN_A_WORKER} and os.path.exists({str(flag)!r}): raise MemoryError"
    publish(artifact_dir, "trap", build_files(iris_artifact, "trap", code))
    with run_server(artifact_dir, tmp_path, WITH_A_FULL_LOG_DISK) as server, ending_all_of(server):
        first, second = server.list_workers()
        flag.touch()
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: first not in server.list_workers(), "the worker is gone")
        assert "ended while it loaded it" in (reload(server) or "")
        assert all(parent == server.process.pid for parent in map(read_parent, list_descendants(server.process.pid)))
        flag.unlink()
        wait_until(lambda: len(server.list_workers()) == 2 and predict(server) == 200, "two workers")
        assert server.stop() == 0


def read_parent(process: int) -> int:
    """Return the parent of a process; where that has ended meanwhile, the one that it would have."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return -1


def test_workers_that_all_fail_to_start_end_it_and_leave_nothing(
    artifact_dir: Path, iris_artifact: Artifact, tmp_path: Path
) -> None:
    publish(artifact_dir, "trap", build_files(iris_artifact, "trap", f"{IN_A_WORKER}: raise MemoryError"))
    with start_server(artifact_dir, tmp_path, WEB_CONCURRENCY="6", TMPDIR=str(tmp_path)) as server:
        assert server.process.wait(DEADLINE_SECONDS) == 3
        assert "Reason: Worker failed to boot." in server.read_log()
    assert list(tmp_path.glob("ml-service-*")) == []


def test_sighup_to_all_of_its_processes_is_a_reload(artifact_dir: Path, tmp_path: Path) -> None:
    with run_server(artifact_dir, tmp_path) as server:
        with load_on(server.port, INSTANCE) as load:
            before = set(server.list_workers())
            os.killpg(server.process.pid, signal.SIGHUP)
            wait_until(lambda: before.isdisjoint(server.list_workers()), "new workers")
        assert (load.failures, server.process.poll()) == ([], None)


def test_sigusr2_starts_no_second_master(artifact_dir: Path, tmp_path: Path) -> None:
    with run_server(artifact_dir, tmp_path) as server:
        before = server.list_workers()
        server.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: "SIGUSR2 is not supported" in server.read_log(), "the refusal")
        assert (server.list_workers(), predict(server)) == (before, 200)


def test_an_estimator_that_works_in_parallel_leaves_no_processes(tmp_path: Path) -> None:
    publish_model(tmp_path / "artifacts", "parallel", load_iris_dataset(), BaggingClassifier(n_jobs=2))
    with run_server(tmp_path / "artifacts", tmp_path) as server, ending_all_of(server):
        assert predict(server) == 200
        assert reload(server) is None
        wait_until(lambda: len(server.list_workers()) == 2, "the old workers have left")
        assert predict(server) == 200
        processes = list_descendants(server.process.pid)
        assert processes == set(server.list_workers())
        server.stop()
    assert not any(map(is_running, processes))
