"""Changing the model of the real server while it is asked, signalled and disturbed."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import requests

from app.artifacts import Artifact, lock_artifacts, make_current
from app.model.predictor import ModelPredictor
from app.publishing.store import publish
from app.server.control import ReloadOutcome, reload_server
from tests.support.broken_artifacts import build_files
from tests.support.depth import IS_LONG, repeats
from tests.support.load import load_on
from tests.support.processes import list_descendants
from tests.support.published_models import load_iris_dataset, publish_second_and_first
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server, wait_until

N_RELOADS = repeats(6, 1000)
STOPS = [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT]
ENDS = ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(1)", "raise ValueError('not now')"]

# A server and the folder of its versions.
Lasting = tuple[RunningServer, Path]


@pytest.fixture
def artifact_dir(tmp_path: Path) -> Path:
    """Return a folder with two versions that answer differently: `second`, and `first`, which is current."""
    publish_second_and_first(tmp_path / "artifacts")
    return tmp_path / "artifacts"


@pytest.fixture
def server(artifact_dir: Path, tmp_path: Path) -> Iterator[RunningServer]:
    """Run a server of two workers that serve `first`, for a test that ends it."""
    with run_server(artifact_dir, tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lasting]:
    """Run a server of two workers for all tests that leave it alive."""
    folder = tmp_path_factory.mktemp("lasting")
    publish_second_and_first(folder / "artifacts")
    with run_server(folder / "artifacts", folder) as server:
        yield server, folder / "artifacts"


@pytest.fixture
def lasting(running: Lasting) -> Lasting:
    """Return that server with its folder; it serves `first`, by two workers and no more."""
    server, artifact_dir = running
    promote(artifact_dir, "first")
    assert reload(server) == ReloadOutcome("first")
    wait_until(lambda: len(server.list_workers()) == 2, "the old workers have left")
    return running


def promote(artifact_dir: Path, version: str) -> None:
    with lock_artifacts(artifact_dir):
        make_current(artifact_dir, version)


def reload(server: RunningServer) -> ReloadOutcome:
    return reload_server(f"127.0.0.1:{server.port}", DEADLINE_SECONDS)


def ask_version(server: RunningServer) -> str:
    return requests.get(f"{server.url}/ready", timeout=DEADLINE_SECONDS).headers["X-Model-Version"]


def publish_trap(artifact_dir: Path, artifact: Artifact, code: str, version: str = "trap") -> None:
    """Publish a version that runs `code` whenever it is unpickled and is good apart from that."""
    publish(artifact_dir, version, build_files(artifact, version, code))


def count_lines(file: Path) -> int:
    return len(file.read_text().splitlines()) if file.exists() else 0


def read_starts(server: RunningServer) -> list[datetime]:
    """Return when workers were started."""
    lines = [json.loads(line) for line in server.read_log().splitlines() if "Booting worker" in line]
    return [datetime.fromisoformat(line["time"]) for line in lines]


def predict(artifact_dir: Path, version: str, instance: list[float]) -> str:
    """Return the probabilities that `version` gives, as an answer writes them."""
    predictor = ModelPredictor(artifact_dir, version)
    predictor.load()
    probabilities = predictor.predict(instance).probabilities.round(6).tolist()
    return json.dumps({f"class_{index}": value for index, value in enumerate(probabilities)})


def test_reloads_disturb_no_request(lasting: Lasting) -> None:
    server, artifact_dir = lasting
    instance = load_iris_dataset().X[0].tolist()
    with load_on(server.port, instance) as load:
        for number in range(N_RELOADS):
            version = ("second", "first")[number % 2]
            promote(artifact_dir, version)
            assert reload(server).version == version
    assert load.failures == []
    expected = {version: predict(artifact_dir, version, instance) for version in ("first", "second")}
    assert set(load.answers) == {(version, version, answer) for version, answer in expected.items()}
    assert sum(load.answers.values()) > 16 * N_RELOADS


def test_without_a_change_the_workers_are_new_and_the_version_is_the_same(lasting: Lasting) -> None:
    server, _ = lasting
    before = set(server.list_workers())
    assert reload(server) == ReloadOutcome("first")
    wait_until(lambda: before.isdisjoint(server.list_workers()), "the old workers have left")
    assert (ask_version(server), len(server.list_workers())) == ("first", 2)


def test_sighups_at_once_lead_to_the_version_that_is_current(lasting: Lasting) -> None:
    server, artifact_dir = lasting
    promote(artifact_dir, "second")
    for _ in range(5):
        server.process.send_signal(signal.SIGHUP)
    assert reload(server).version == "second"
    wait_until(lambda: len(server.list_workers()) == 2, "the old workers have left")
    assert ask_version(server) == "second"


def test_a_sighup_during_a_reload_is_not_forgotten(lasting: Lasting, iris_artifact: Artifact, tmp_path: Path) -> None:
    server, artifact_dir = lasting
    gate = tmp_path / "gate"
    publish_trap(artifact_dir, iris_artifact, wait_for(gate), "waiting")
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(list_descendants(server.process.pid)) > 2, "the version is tried")
    promote(artifact_dir, "second")
    server.process.send_signal(signal.SIGHUP)
    gate.touch()
    wait_until(lambda: ask_version(server) == "second", "the second reload")
    wait_until(lambda: len(server.list_workers()) == 2, "the old workers have left")


@pytest.mark.parametrize("signal_number", STOPS if IS_LONG else STOPS[:1])
def test_a_signal_to_stop_during_a_trial_ends_it_all(
    server: RunningServer, artifact_dir: Path, iris_artifact: Artifact, tmp_path: Path, signal_number: int
) -> None:
    publish_trap(artifact_dir, iris_artifact, wait_for(tmp_path / "never"))
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(list_descendants(server.process.pid)) == 4, "the version is tried")
    processes = list_descendants(server.process.pid)
    assert server.stop(signal_number) == 0
    wait_until(lambda: not any(Path(f"/proc/{each}").exists() for each in processes), "no process is left")


def test_sigterm_ends_it_while_new_workers_load(artifact_dir: Path, iris_artifact: Artifact, tmp_path: Path) -> None:
    loads = tmp_path / "loads"
    with run_server(artifact_dir, tmp_path, GRACEFUL_TIMEOUT_SECONDS="600") as server:
        publish_trap(artifact_dir, iris_artifact, note(loads) + wait_for(tmp_path / "never", after=1, noted_in=loads))
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: count_lines(loads) == 3, "two new workers load")
        assert len(list_descendants(server.process.pid)) == 4
        assert server.stop() == 0  # long before the grace period ends


def test_goes_on_with_the_old_workers_where_a_new_one_dies(
    lasting: Lasting, iris_artifact: Artifact, tmp_path: Path
) -> None:
    server, artifact_dir = lasting
    workers = server.list_workers()
    for number, end in enumerate(
        ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(0)", "raise ValueError('not now')"]
    ):
        loads = tmp_path / f"loads{number}"
        code = f"{note(loads)}\nimport os, signal\nif {count(loads)} == 2: {end}"
        publish_trap(artifact_dir, iris_artifact, code, f"dying{number}")
        refusal = reload(server).refusal
        assert refusal == "A worker has ended while it loaded it: the log says more.", end
        wait_until(lambda: server.list_workers() == workers, "the new workers have left")
    os.kill(workers[0], signal.SIGKILL)
    wait_until(lambda: len(set(server.list_workers()) - set(workers)) == 1, "a worker that replaces an old one")
    os.kill(workers[1], signal.SIGKILL)  # so that the new one answers
    assert ask_version(server) == "first"


@pytest.mark.parametrize("end", ENDS if IS_LONG else ENDS[:1])
def test_damps_a_crash_loop_and_recovers_from_it(
    artifact_dir: Path, iris_artifact: Artifact, tmp_path: Path, end: str
) -> None:
    flag = tmp_path / "flag"
    publish_trap(artifact_dir, iris_artifact, f"import os, signal\nif os.path.exists({str(flag)!r}): {end}")
    with run_server(artifact_dir, tmp_path) as server:
        assert reload(server).refusal is None  # after which both workers serve, not only the first
        wait_until(lambda: len(server.list_workers()) == 2, "the old workers have left")
        flag.touch()
        os.kill(server.list_workers()[0], signal.SIGKILL)
        delay = repeats(1, 4)
        wait_until(lambda: f"the next one is started in {delay} seconds" in server.read_log(), "the loop is damped")
        *_, before, last = read_starts(server)
        assert (last - before).total_seconds() >= delay / 2  # which is what the log says before that
        assert ask_version(server) == "trap"
        flag.unlink()
        wait_until(lambda: len(server.list_workers()) == 2, "a new worker")
        assert server.process.poll() is None


def test_a_worker_that_will_not_leave_is_killed_after_the_grace_period(artifact_dir: Path, tmp_path: Path) -> None:
    with run_server(artifact_dir, tmp_path, GRACEFUL_TIMEOUT_SECONDS="1", WEB_CONCURRENCY="1") as server:
        (stopped,) = server.list_workers()
        os.kill(stopped, signal.SIGSTOP)
        assert reload(server).refusal is None
        wait_until(lambda: stopped not in server.list_workers(), "the old worker is gone")
        assert f"Worker {stopped} has not left in time, and is killed." in server.read_log()
        assert ask_version(server) == "first"


def test_goes_on_with_the_old_workers_where_a_new_one_never_gets_ready(
    artifact_dir: Path, iris_artifact: Artifact, tmp_path: Path
) -> None:
    loads = tmp_path / "loads"
    with run_server(artifact_dir, tmp_path, module="tests.support.impatient_server") as server:
        workers = server.list_workers()
        publish_trap(artifact_dir, iris_artifact, note(loads) + wait_for(tmp_path / "never", after=1, noted_in=loads))
        assert reload(server).refusal == "A worker has ended while it loaded it: the log says more."
        assert "has not loaded the model within 3 s (LOAD_TIMEOUT_SECONDS), and is killed" in server.read_log()
        wait_until(lambda: server.list_workers() == workers, "the new workers have left")
        assert ask_version(server) == "first"


def test_replaces_a_worker_that_never_gets_ready(artifact_dir: Path, iris_artifact: Artifact, tmp_path: Path) -> None:
    loads = tmp_path / "loads"
    code = f"{note(loads)}\nimport signal\nif {count(loads)} == 4: signal.pause()"  # the probe, two workers, and one
    publish_trap(artifact_dir, iris_artifact, code)
    with run_server(artifact_dir, tmp_path, module="tests.support.impatient_server") as server:
        wait_until(lambda: count_lines(loads) == 3, "both workers have loaded it")
        os.kill(server.list_workers()[0], signal.SIGKILL)
        wait_until(lambda: count_lines(loads) == 5, "the one that never gets ready is replaced")
        assert "has not loaded the model within 3 s (LOAD_TIMEOUT_SECONDS), and is killed" in server.read_log()
        wait_until(lambda: len(server.list_workers()) == 2, "two workers")


def note(file: Path) -> str:
    """Return code that adds a line to `file`."""
    return f"open({str(file)!r}, 'a').write('loaded\\n')\n"


def count(file: Path) -> str:
    """Return an expression for the number of lines of `file`."""
    return f"len(open({str(file)!r}).readlines())"


def wait_for(file: Path, after: int = 0, noted_in: Path | None = None) -> str:
    """Return code that waits until `file` is there; only from the load on that follows the first `after`."""
    condition = f"{count(noted_in)} > {after}" if noted_in else "True"
    return f"import os, time\nwhile {condition} and not os.path.exists({str(file)!r}): time.sleep(0.02)"
