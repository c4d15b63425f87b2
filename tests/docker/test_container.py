"""The image, run with a read-only root, no capabilities, no privileges to gain, and as a user without a name."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.artifacts import read_artifact
from tests.docker.containers import STRICT, Container, run_container, wait_until_healthy
from tests.docker.engine import Engine
from tests.support.load import load_on
from tests.support.running_server import DEADLINE_SECONDS, wait_until
from training.dataset import Dataset

N_ANSWERS_BEFORE = 200


@pytest.fixture(scope="module")
def container(builder: Engine, image: str) -> Iterator[Container]:
    """Run the service in a container, once for the tests that leave it as it is."""
    with run_container(builder, image) as running:
        wait_until_healthy(running)
        yield running


def test_answers_as_the_estimator_that_was_trained(
    container: Container, baked_artifacts: Path, example_dataset: Dataset
) -> None:
    artifact = read_artifact(baked_artifacts)
    preprocessor, model = artifact.unpickle()
    rows = example_dataset.X[:100]
    url = f"http://127.0.0.1:{container.port}/predict/batch"
    answer = requests.post(url, json={"instances": rows.tolist()}, timeout=DEADLINE_SECONDS).json()
    predicted = [list(prediction["probabilities"].values()) for prediction in answer["predictions"]]
    assert predicted == model.predict_proba(preprocessor.transform(rows)).round(6).tolist()
    assert answer["model_version"] == artifact.metadata.version


def test_passes_the_smoke_test_of_its_own_image(container: Container, image: str) -> None:
    command = ("run", "--rm", *STRICT, image, "flask", "smoke", f"http://127.0.0.1:{container.port}")
    assert container.engine.run(*command).count("passed in ") == 6


def test_has_no_name_no_home_and_no_capability(container: Container) -> None:
    status = container.engine.run("exec", container.name, "cat", "/proc/1/status")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert facts["Uid"].split() == ["10001"] * 4
    assert {facts[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert "10001" not in container.engine.run("exec", container.name, "cat", "/etc/passwd")


def test_writes_nothing_to_its_own_files(container: Container) -> None:
    assert container.engine.run("diff", container.name) == ""


def test_is_unhealthy_once_it_answers_no_more(builder: Engine, image: str) -> None:
    with run_container(builder, image) as stopped:
        wait_until_healthy(stopped)
        processes = builder.run("container", "top", stopped.name, "-o", "pid").split()[1:]
        for process in processes:
            os.kill(int(process), signal.SIGSTOP)
        check = ("exec", stopped.name, "python", "-IS", "healthcheck.py")
        with pytest.raises(subprocess.CalledProcessError) as failed:
            builder.run(*check)
        for process in processes:
            os.kill(int(process), signal.SIGCONT)
        assert failed.value.stderr.startswith(f"GET /ready at port {stopped.port}: timed out")
        assert builder.run(*check) == ""


@pytest.mark.parametrize("variables", [{"MODEL_VERSION": "missing"}, {"THREADS": "none"}])
def test_ends_with_one_line_where_it_cannot_serve(builder: Engine, image: str, variables: dict[str, str]) -> None:
    with run_container(builder, image, **variables) as failed:
        wait_until(lambda: failed.inspect()["State"]["Status"] == "exited", "the end of the container")
        assert failed.inspect()["State"]["ExitCode"] != 0
        assert next(iter(variables.values())) in builder.read_log(failed.name).splitlines()[-1]


def test_answers_everything_when_it_is_stopped_under_load(
    builder: Engine, image: str, example_dataset: Dataset
) -> None:
    with run_container(builder, image) as stopped:
        wait_until_healthy(stopped)
        with load_on(stopped.port, example_dataset.X[0].tolist()) as load:
            wait_until(lambda: sum(load.answers.values()) > N_ANSWERS_BEFORE, "load")
            stopping = threading.Thread(target=builder.run, args=("stop", stopped.name))
            stopping.start()
            wait_until(lambda: bool(load.failures), "the end of the service")
        stopping.join()
        assert stopped.inspect()["State"]["ExitCode"] == 0
        answered = [line for line in stopped.read_log() if line.get("route") == "/predict"]
        assert {line["status"] for line in answered} == {200}
        # Nobody was left without the answer that the service gave; who came later was not let in.
        assert len(answered) == sum(load.answers.values())
