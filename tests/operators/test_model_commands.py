"""The commands of operators, as processes of their own, with the real server."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.artifacts import Artifact, list_versions
from app.publishing.store import publish
from tests.support.broken_artifacts import build_files
from tests.support.depth import IS_LONG
from tests.support.published_models import load_iris_dataset, publish_second_and_first
from tests.support.running_server import (
    DEADLINE_SECONDS,
    ROOT,
    RunningServer,
    build_environment,
    find_free_port,
    run_server,
    wait_until,
)
from tests.support.signing_keys import write_signing_key
from tests.support.small_versions import publish_copy, read_links
from tests.support.unprivileged import LAUNCHER

# What make tells the makes that it starts, and they are not to hear: these tests may be run by make.
OF_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "VERSION")
HINT = "A running server takes it over at 'make reload'.\n"

# For an option, for make, and for the shell; the others are read by the same ones.
ODD_VERSIONS = ["--help", "$(false)", "'", "-h", "`false`", "; false", "a b"]

Ended = tuple[int, str, str]


@pytest.fixture
def artifact_dir(tmp_path: Path) -> Path:
    """Return a folder with two versions that answer differently: `second`, and `first`, which is current."""
    publish_second_and_first(tmp_path / "artifacts")
    return tmp_path / "artifacts"


@pytest.fixture
def server(artifact_dir: Path, tmp_path: Path) -> Iterator[RunningServer]:
    """Run a server of two workers that serve `first`."""
    with run_server(artifact_dir, tmp_path) as running:
        yield running


def run(command: list[str], artifact_dir: Path, port: int) -> Ended:
    """Run `command` as an operator would, and return its exit status, its output and its errors."""
    environment = build_environment(artifact_dir, PORT=str(port))
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={name: value for name, value in environment.items() if name not in OF_MAKE},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE_SECONDS,
    )
    return ended.returncode, ended.stdout, ended.stderr


def models(artifact_dir: Path, port: int, *arguments: str) -> Ended:
    return run([sys.executable, "-m", "flask", "--app", "wsgi", "models", *arguments], artifact_dir, port)


def make(artifact_dir: Path, port: int, *arguments: str) -> Ended:
    """Run make, which is not to install anything into the environment that runs these tests."""
    return run(["make", "--old-file=.venv/.installed", *arguments], artifact_dir, port)


def ask_versions(server: RunningServer) -> set[str | None]:
    """Return which versions the server names, in the headers and in an answer, once only new workers are left."""
    wait_until(lambda: len(server.list_workers()) == 2, "the old workers have left")
    ready = requests.get(f"{server.url}/ready", timeout=DEADLINE_SECONDS)
    body = {"features": load_iris_dataset().X[0].tolist()}
    answer = requests.post(f"{server.url}/predict", json=body, timeout=DEADLINE_SECONDS)
    assert (ready.status_code, answer.status_code) == (200, 200)
    return {ready.headers["X-Model-Version"], answer.headers["X-Model-Version"], answer.json()["model_version"]}


def test_promote_and_rollback_change_what_the_server_serves(server: RunningServer, artifact_dir: Path) -> None:
    said = "Version {0} is the current one.\nThe server at 127.0.0.1:{1} serves version {0}.\n"
    for arguments, version in ((("promote", "second"), "second"), (("rollback",), "first")):
        ended = models(artifact_dir, server.port, *arguments, "--reload")
        assert ended == (0, said.format(version, server.port), "")
        assert ask_versions(server) == {version}


def test_make_promotes_rolls_back_and_reloads(server: RunningServer, artifact_dir: Path) -> None:
    for arguments, version in ((("promote", "VERSION=second"), "second"), (("rollback",), "first")):
        before = ask_versions(server)
        assert make(artifact_dir, server.port, *arguments) == (0, f"Version {version} is the current one.\n{HINT}", "")
        assert ask_versions(server) == before != {version}
        said = f"The server at 127.0.0.1:{server.port} serves version {version}.\n"
        assert make(artifact_dir, server.port, "reload") == (0, said, "")
        assert ask_versions(server) == {version}


def test_make_run_trains_nothing_where_the_current_version_is_gone_and_others_are_there(artifact_dir: Path) -> None:
    (artifact_dir / "first").rename(artifact_dir.parent / "first")
    # At a port that cannot be, so that no server begins, whether or not a version was trained before.
    status, printed, errors = make(artifact_dir, 0, "run")
    assert (status, printed) == (2, "")
    assert "PORT must be" in errors
    assert list_versions(artifact_dir) == ["second"]


def test_make_run_trains_where_there_are_folders_and_no_version(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    status, _, errors = make(tmp_path, 0, "run")
    assert (status, "PORT must be" in errors) == (2, True)
    assert len(list_versions(tmp_path)) == 1


def test_make_lists_the_versions(artifact_dir: Path) -> None:
    status, said, errors = make(artifact_dir, find_free_port(), "models")
    rows = [line.split() for line in said.splitlines()]
    assert (status, errors) == (0, "")
    assert rows[0] == ["VERSION", "AGE", "ACCURACY", "ROC", "AUC", "SCIKIT-LEARN"]
    assert {(row[0], row[-1]) for row in rows[1:]} == {("first", "current"), ("second", "previous")}


def test_make_asks_for_the_version_to_promote(artifact_dir: Path) -> None:
    status, said, errors = make(artifact_dir, find_free_port(), "promote")
    sentence = "Say which version: make promote VERSION=..., one of those that 'make models' lists."
    assert (status, said, errors.splitlines()[0]) == (2, "", sentence)
    assert read_links(artifact_dir) == ("first", "second")


@pytest.mark.parametrize("version", ODD_VERSIONS)
def test_make_takes_any_text_for_the_name_of_a_version(tmp_path: Path, version: str) -> None:
    given = (f"VERSION={version.replace('$', '$$')}", "FLASK=printf '%s,'")
    assert make(tmp_path, 0, *given, "promote") == (0, f"models,promote,--,{version},", "")


def test_names_the_version_that_is_not_there(artifact_dir: Path) -> None:
    status, said, errors = make(artifact_dir, find_free_port(), "VERSION=--help", "promote")
    assert (status, said) == (2, "")
    assert errors.startswith(f"Error: There is no version --help in {artifact_dir}. Published there: first, second.")


def test_make_says_that_no_server_is_running(artifact_dir: Path) -> None:
    port = find_free_port()
    status, said, errors = make(artifact_dir, port, "reload")
    assert (status, said) == (2, "")
    assert errors.startswith("Error: No server of yours ")


@pytest.mark.parametrize("arguments", [("rollback",), *([("promote", "second")] if IS_LONG else [])])
def test_says_that_no_server_is_running_once_the_version_is_current(
    artifact_dir: Path, arguments: tuple[str, ...]
) -> None:
    port = find_free_port()
    status, said, errors = models(artifact_dir, port, *arguments, "--reload")
    assert (status, said) == (1, "Version second is the current one.\n")
    assert errors.startswith("Error: No server of yours ")


def test_says_why_a_server_that_was_given_a_version_serves_it_on(artifact_dir: Path, tmp_path: Path) -> None:
    with run_server(artifact_dir, tmp_path, MODEL_VERSION="first") as server:
        assert models(artifact_dir, server.port, "promote", "second", "--reload") == (
            1,
            "Version second is the current one.\n",
            "Error: The server serves version first: it was started with another MODEL_VERSION or ARTIFACT_DIR, "
            "or another version has been promoted meanwhile.\n",
        )
        assert ask_versions(server) == {"first"}


def test_says_why_a_server_that_asks_for_a_signature_refuses(tmp_path: Path, iris_artifact: Artifact) -> None:
    key = write_signing_key(tmp_path)
    artifact_dir = tmp_path / "artifacts"
    publish_copy(artifact_dir, iris_artifact, "unsigned")
    publish_copy(artifact_dir, iris_artifact, "signed", signing_key=key.key)
    with run_server(artifact_dir, tmp_path, ARTIFACT_PUBLIC_KEY_FILE=str(key.public_file)) as server:
        assert models(artifact_dir, server.port, "promote", "unsigned", "--reload") == (
            1,
            "Version unsigned is the current one.\n",
            "Error: The server refuses, and serves version signed on. Artifact unsigned is not trusted: it is not "
            "signed (metadata.json.sig is missing). Train it with SIGNING_KEY_FILE set to the private key that belongs "
            "to ARTIFACT_PUBLIC_KEY_FILE, or serve another version: 'make models' lists them. A restart of "
            "the server would fail until this is mended, or another version is made the current one.\n",
        )
        assert ask_versions(server) == {"signed"}


def test_a_pickle_that_aborts_ends_neither_the_command_nor_the_server(
    server: RunningServer, artifact_dir: Path, iris_artifact: Artifact
) -> None:
    code = "import faulthandler, os; faulthandler.disable(); os.abort()"
    publish(artifact_dir, "aborting", build_files(iris_artifact, "aborting", code))
    models(artifact_dir, server.port, "rollback")
    assert models(artifact_dir, server.port, "promote", "aborting", "--reload") == (
        1,
        "",
        "Error: Artifact aborting is corrupt: loading it killed the process that tried, with SIGABRT. "
        "Publish it again with 'make train', or serve another version: 'make models' lists them.\n",
    )
    assert (read_links(artifact_dir), ask_versions(server)) == (("first", "aborting"), {"first"})


def test_waits_for_a_reload_of_its_own_where_another_is_under_way(
    server: RunningServer, artifact_dir: Path, iris_artifact: Artifact, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    code = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.02)"
    publish(artifact_dir, "slow", build_files(iris_artifact, "slow", code))
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(server.list_workers()) > 2, "the slow version is tried, in a process beside the workers")
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "models", "promote", "second", "--reload"]
    environment = build_environment(artifact_dir, PORT=str(server.port))
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as promotion:
        try:
            assert promotion.stdout is not None and "is the current one" in promotion.stdout.readline()
            gate.touch()
            said = promotion.communicate(timeout=DEADLINE_SECONDS)[0]
        finally:
            promotion.kill()
    assert said == f"The server at 127.0.0.1:{server.port} serves version second.\n"
    assert ask_versions(server) == {"second"}


@pytest.mark.parametrize(
    "arguments", [("prune", "--keep", "0"), *([("promote", "second"), ("rollback",)] if IS_LONG else [])]
)
def test_changes_nothing_in_a_folder_that_it_may_only_read(artifact_dir: Path, arguments: tuple[str, ...]) -> None:
    (artifact_dir / ".lock").unlink()
    artifact_dir.chmod(0o555)
    command = [*LAUNCHER, sys.executable, "-m", "flask", "--app", "wsgi", "models", *arguments]
    try:
        ended = run(command, artifact_dir, find_free_port())
    finally:
        artifact_dir.chmod(0o755)
    assert ended == (
        1,
        "",
        f"Error: {artifact_dir}/.lock: Permission denied\n".replace("d\n", "d.\n"),
    )
    assert read_links(artifact_dir) == ("first", "second")


def test_names_every_bad_variable(artifact_dir: Path) -> None:
    command = ["env", "PORT=0", "THREADS=many", sys.executable, "-m", "flask", "--app", "wsgi", "models", "list"]
    assert run(command, artifact_dir, port=1) == (
        1,
        "",
        "The environment cannot be used: PORT must be a whole number from 1 to 65535, not '0'; "
        "THREADS must be a whole number from 1 to 1024, not 'many'.\n",
    )
