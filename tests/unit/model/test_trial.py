from __future__ import annotations

import dataclasses
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
import sklearn

from app.artifacts import Artifact, ArtifactCorrupt, ArtifactError, VersionMismatch
from app.model.trial import Trial, TrialCutShort
from tests.support.broken_artifacts import Trap
from tests.support.running_server import wait_until

ENDLESS = "import signal\nwhile True: signal.pause()"


@pytest.fixture(autouse=True)
def _no_child_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    children: list[int] = []
    fork = os.fork

    def fork_and_record() -> int:
        children.append(fork())
        return children[-1]

    monkeypatch.setattr(os, "fork", fork_and_record)
    yield
    for child in children:
        with pytest.raises(ChildProcessError):
            os.waitpid(child, os.WNOHANG)


def set_trap(artifact: Artifact, code: str) -> Artifact:
    return dataclasses.replace(artifact, model_bytes=pickle.dumps(Trap(code)))


def find_fault(artifact: Artifact, timeout_seconds: float = 60.0) -> str:
    """Return what the trial says is wrong with `artifact`."""
    with pytest.raises(ArtifactCorrupt) as refused:
        Trial(artifact, timeout_seconds).get_outcome()
    return refused.value.fault


def test_passes_a_good_artifact_and_names_the_modules_that_it_needs(example_artifact: Artifact) -> None:
    modules = Trial(example_artifact).get_outcome().modules
    assert {"joblib", "numpy", "sklearn.ensemble._gb", "sklearn.preprocessing._data"} <= set(modules)
    assert {name.split(".")[0] for name in modules} <= {
        "cloudpickle",
        "joblib",
        "numpy",
        "pandas",
        "scipy",
        "sklearn",
        "threadpoolctl",
    }


def test_names_the_modules_that_only_the_artifact_has_imported(example_artifact: Artifact) -> None:
    trap = "import sys; sys.modules.update({'sklearn.made_up': sys, 'sklearn.absent': None})"
    model = example_artifact.unpickle()[1]
    model.trap_ = Trap(trap)
    modules = Trial(dataclasses.replace(example_artifact, model_bytes=pickle.dumps(model))).get_outcome().modules
    assert ("sklearn.made_up" in modules, "sklearn.absent" in modules) == (True, False)


def test_reports_to_the_caller_that_another_scikit_learn_has_pickled_it(
    example_artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = example_artifact.unpickle()[1]
    with monkeypatch.context() as patch:
        patch.setattr("sklearn.base.__version__", "1.0.2")
        artifact = dataclasses.replace(example_artifact, model_bytes=pickle.dumps(model))
    with pytest.raises(ArtifactError) as refused:
        Trial(artifact).get_outcome()
    assert str(refused.value) == str(VersionMismatch("example", "1.0.2", sklearn.__version__))


def test_loads_in_another_process_only(example_artifact: Artifact) -> None:
    fault = find_fault(set_trap(example_artifact, "import os; raise ValueError(os.getpid())"))
    assert str(os.getpid()) not in fault


def test_refuses_a_model_that_answers_otherwise_than_its_golden_rows(example_artifact: Artifact) -> None:
    arrays = example_artifact.golden.arrays
    golden = dataclasses.replace(example_artifact.golden, arrays={**arrays, "labels": 1 - arrays["labels"]})
    fault = find_fault(dataclasses.replace(example_artifact, golden=golden))
    assert fault == "the self-test failed: labels differ from golden.json"


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("raise ValueError('not today')", "model.pkl cannot be unpickled (ValueError: not today)"),
        ("raise SystemExit('bye')", "it cannot be used (SystemExit: bye)"),
        ("raise KeyboardInterrupt", "it cannot be used (KeyboardInterrupt: )"),
        ("None", "the model has no predict_proba, so it gives no probabilities"),
        ("import os; os._exit(0)", "loading it ended the process that tried, with status 0"),
        ("import os; os._exit(3)", "loading it ended the process that tried, with status 3"),
        (
            "import faulthandler, os; faulthandler.disable(); os.abort()",
            "loading it killed the process that tried, with SIGABRT",
        ),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "loading it killed the process that tried, with SIGKILL",
        ),
    ],
)
def test_refuses_a_pickle_that_does_harm_and_survives_it(example_artifact: Artifact, code: str, fault: str) -> None:
    assert find_fault(set_trap(example_artifact, code)) == fault


def test_does_not_call_corrupt_what_is_merely_slow(example_artifact: Artifact) -> None:
    with pytest.raises(ArtifactError) as refused:
        Trial(set_trap(example_artifact, ENDLESS), timeout_seconds=0.2).get_outcome()
    assert not isinstance(refused.value, ArtifactCorrupt)
    assert str(refused.value) == (
        "Artifact example took longer than 0.2 s to load and answer its golden rows, and was not waited for. If it "
        "needs that long on this machine, set LOAD_TIMEOUT_SECONDS to more; else serve another version: 'make models' "
        "lists them."
    )


def test_cuts_short_a_fault_that_nobody_would_read(example_artifact: Artifact) -> None:
    fault = find_fault(set_trap(example_artifact, "raise ValueError('x' * 1_000_000)"))
    assert fault.startswith("model.pkl cannot be unpickled (ValueError: xxx")
    assert len(fault) == 2000


def test_leaves_no_file_open(example_artifact: Artifact) -> None:
    before = os.listdir("/proc/self/fd")
    Trial(example_artifact).get_outcome()
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize(
    "code", ["raise ValueError('\\ud800')", "class E(BaseException):\n def __str__(self): return 1\nraise E"]
)
def test_refuses_a_pickle_whose_fault_cannot_be_written_down(example_artifact: Artifact, code: str) -> None:
    with pytest.raises(ArtifactCorrupt):
        Trial(set_trap(example_artifact, code)).get_outcome()


def test_the_child_never_runs_the_callers_code(example_artifact: Artifact) -> None:
    parent = os.getpid()
    try:
        fault = find_fault(set_trap(example_artifact, "import os; os.closerange(3, 1000)"))
    finally:
        if os.getpid() != parent:
            os._exit(77)
    assert fault == "loading it ended the process that tried, with status 0"


def test_measures_what_it_is_asked_to(iris_artifact: Artifact) -> None:
    outcome = Trial(iris_artifact, measure=lambda artifact: {"n_rows": len(artifact.golden.labels)}).get_outcome()
    assert outcome.measured == {"n_rows": 20}


def test_measures_what_passes_are_like_unless_it_is_asked_for_something_else(iris_artifact: Artifact) -> None:
    names = {"alone_seconds", "row_seconds", "is_row_independent"}
    assert set(Trial(iris_artifact).get_outcome().measured) == names


def test_says_why_it_cannot_be_measured(iris_artifact: Artifact) -> None:
    with pytest.raises(ArtifactCorrupt) as refused:
        Trial(iris_artifact, measure=lambda artifact: {"ratio": 1 / 0}).get_outcome()
    assert refused.value.fault == "it cannot be used (ZeroDivisionError: division by zero)"
    assert not isinstance(refused.value, TrialCutShort)


@pytest.mark.parametrize(
    "code", ["import os; os._exit(3)", "import faulthandler, os; faulthandler.disable(); os.abort()"]
)
def test_distinguishes_what_ends_the_trial_from_what_fails_in_it(iris_artifact: Artifact, code: str) -> None:
    with pytest.raises(TrialCutShort):
        Trial(set_trap(iris_artifact, code)).get_outcome()


def test_has_as_long_as_it_needs_where_there_is_no_time_limit(iris_artifact: Artifact, tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    code = f"open({str(reached)!r}, 'w').close()\n{ENDLESS}"
    trial = Trial(set_trap(iris_artifact, code), timeout_seconds=None)
    wait_until(reached.exists, "a trial that is under way")
    assert not trial.has_ended()
    trial.cancel()
