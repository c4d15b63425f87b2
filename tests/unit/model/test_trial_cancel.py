"""A trial that goes on while its caller does: it is asked whether it has ended, ended before, or killed."""

from __future__ import annotations

import dataclasses
import os
import pickle
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.artifacts import Artifact, ArtifactCorrupt, ArtifactError
from app.model.trial import Trial
from tests.support.broken_artifacts import Trap
from tests.support.running_server import wait_until
from tests.unit.model.conftest import are_gone, list_processes

ENDLESS = "import signal\nwhile True: signal.pause()"


def set_trap(artifact: Artifact, code: str) -> Artifact:
    return dataclasses.replace(artifact, model_bytes=pickle.dumps(Trap(code)))


def start_endless(artifact: Artifact, forks: Path) -> Trial:
    """Return a trial that would never end, whose two processes have been forked and that is under way."""
    reached = forks.with_name("reached")
    trial = Trial(set_trap(artifact, f"open({str(reached)!r}, 'w').close()\n{ENDLESS}"))
    wait_until(lambda: len(list_processes(forks)) == 2 and reached.exists(), "a trial that is under way")
    return trial


@contextmanager
def handled(signal_number: signal.Signals, handler: Callable[..., object] | signal.Handlers) -> Iterator[None]:
    """Have this process handle a signal by `handler`."""
    before = signal.signal(signal_number, handler)
    try:
        yield
    finally:
        signal.signal(signal_number, before)


def ignore(*_: object) -> None:
    """Take note of nothing."""


def test_has_not_ended_before_it_has(iris_artifact: Artifact, forks: Path) -> None:
    trial = start_endless(iris_artifact, forks)
    try:
        assert not trial.has_ended()
    finally:
        trial.cancel()


def test_has_ended_once_it_has(iris_artifact: Artifact) -> None:
    trial = Trial(iris_artifact)
    wait_until(trial.has_ended, "the end of the trial")
    assert "sklearn.linear_model._logistic" in trial.get_outcome().modules


def test_cancelling_it_ends_both_processes(iris_artifact: Artifact, forks: Path) -> None:
    start_endless(iris_artifact, forks).cancel()
    wait_until(are_gone(forks), "the end of both processes")
    with pytest.raises(ChildProcessError):
        os.waitpid(list_processes(forks)[0], os.WNOHANG)


def test_cancelling_it_leaves_no_file_open(iris_artifact: Artifact, forks: Path) -> None:
    before = os.listdir("/proc/self/fd")
    start_endless(iris_artifact, forks).cancel()
    assert os.listdir("/proc/self/fd") == before


def test_cancelling_it_after_its_end_is_nothing(iris_artifact: Artifact, forks: Path) -> None:
    trial = Trial(iris_artifact)
    wait_until(trial.has_ended, "the end of the trial")
    trial.cancel()
    assert are_gone(forks)()


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_to_the_watcher_ends_both_processes(
    iris_artifact: Artifact, forks: Path, stop_signal: signal.Signals
) -> None:
    trial = start_endless(iris_artifact, forks)
    os.kill(list_processes(forks)[0], stop_signal)
    with pytest.raises(ArtifactCorrupt) as refused:
        trial.get_outcome().modules
    wait_until(are_gone(forks), "the end of both processes")
    assert refused.value.fault == "trying it ended without a word"


def test_a_signal_that_arrives_at_once_is_not_lost(
    iris_artifact: Artifact, forks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller has handlers that only take note, as gunicorn's master has: a child has them as well at first."""
    caller, noting_fork = os.getpid(), os.fork

    def fork_and_end() -> int:
        child = noting_fork()
        if child and os.getpid() == caller:
            os.kill(child, signal.SIGTERM)
        return child

    monkeypatch.setattr(os, "fork", fork_and_end)
    with handled(signal.SIGTERM, ignore):
        trial = Trial(set_trap(iris_artifact, ENDLESS), timeout_seconds=5.0)
    with pytest.raises(ArtifactCorrupt) as refused:
        trial.get_outcome().modules
    wait_until(are_gone(forks), "the end of both processes")
    assert refused.value.fault == "trying it ended without a word"


def test_a_signal_that_ends_the_process_that_tries_is_told(iris_artifact: Artifact, forks: Path) -> None:
    with handled(signal.SIGTERM, ignore):
        trial = start_endless(iris_artifact, forks)
    os.kill(list_processes(forks)[1], signal.SIGTERM)
    with pytest.raises(ArtifactCorrupt) as refused:
        trial.get_outcome().modules
    assert refused.value.fault == "loading it killed the process that tried, with SIGTERM"


def test_learns_the_outcome_where_the_caller_takes_no_note_of_children(iris_artifact: Artifact) -> None:
    with handled(signal.SIGCHLD, signal.SIG_IGN):
        assert "sklearn.linear_model._logistic" in Trial(iris_artifact).get_outcome().modules


def test_does_not_wait_for_processes_that_the_artifact_leaves_behind(iris_artifact: Artifact, forks: Path) -> None:
    model = iris_artifact.unpickle()[1]
    model.trap_ = Trap(f"import os\nif os.fork() == 0:\n    exec({ENDLESS!r})")
    artifact = dataclasses.replace(iris_artifact, model_bytes=pickle.dumps(model))
    assert "sklearn.linear_model._logistic" in Trial(artifact, timeout_seconds=20.0).get_outcome().modules
    wait_until(lambda: len(list_processes(forks)) == 3 and are_gone(forks)(), "the end of all three")


def test_the_caller_has_its_own_signals_again(iris_artifact: Artifact) -> None:
    before = signal.pthread_sigmask(signal.SIG_SETMASK, [signal.SIGHUP])
    try:
        Trial(iris_artifact).cancel()
    finally:
        blocked = signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert blocked == {signal.SIGHUP}


def test_a_trial_that_takes_too_long_leaves_no_process(iris_artifact: Artifact, forks: Path) -> None:
    with pytest.raises(ArtifactError, match="took longer than 0.1 s"):
        Trial(set_trap(iris_artifact, ENDLESS), timeout_seconds=0.1).get_outcome().modules
    assert are_gone(forks)()


def test_a_caller_that_waits_for_every_child_learns_the_outcome_as_well(iris_artifact: Artifact, forks: Path) -> None:
    trial = Trial(iris_artifact)
    os.waitpid(list_processes(forks)[0], 0)
    assert "sklearn.linear_model._logistic" in trial.get_outcome().modules


def test_says_so_where_no_process_can_be_forked(iris_artifact: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    caller, fork = os.getpid(), os.fork

    def fork_once() -> int:
        if os.getpid() != caller:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return fork()

    monkeypatch.setattr(os, "fork", fork_once)
    with pytest.raises(ArtifactError) as refused:
        Trial(iris_artifact).get_outcome().modules
    assert str(refused.value) == "No artifact can be tried now: Resource temporarily unavailable."


def test_leaves_no_file_open_where_it_cannot_be_forked(
    iris_artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fail)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(BlockingIOError):
        Trial(iris_artifact)
    assert os.listdir("/proc/self/fd") == before


def test_a_caller_that_is_killed_leaves_nobody_at_work(iris_artifact: Artifact, forks: Path) -> None:
    caller = os.fork()
    if caller == 0:
        try:
            Trial(set_trap(iris_artifact, ENDLESS)).get_outcome()
        finally:
            os._exit(0)
    wait_until(lambda: len(list_processes(forks)) == 3, "a trial that is under way")
    os.kill(caller, signal.SIGKILL)
    os.waitpid(caller, 0)
    wait_until(are_gone(forks), "the end of all processes")


LEAVES_A_PROCESS = "import os, time\nif os.fork() == 0: time.sleep(600)"


def test_does_not_wait_for_what_a_pickle_has_started(iris_artifact: Artifact, forks: Path) -> None:
    code = f"{LEAVES_A_PROCESS}\nimport faulthandler\nfaulthandler.disable()\nos.abort()"
    with pytest.raises(ArtifactCorrupt) as refused:
        Trial(set_trap(iris_artifact, code)).get_outcome()
    assert refused.value.fault == "loading it killed the process that tried, with SIGABRT"


@pytest.mark.parametrize("verdict", ["[]", "7", "{}", '{"modules": 5}'])
def test_believes_no_verdict_that_is_none(iris_artifact: Artifact, verdict: str) -> None:
    line = f"{verdict}\n".encode()
    code = f"import os\nfor each in range(3, 1000):\n try: os.write(each, {line!r})\n except OSError: pass\nos._exit(0)"
    with pytest.raises(ArtifactCorrupt) as refused:
        Trial(set_trap(iris_artifact, code)).get_outcome()
    assert refused.value.fault == "trying it ended without a word"
