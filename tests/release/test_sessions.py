from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from release.docker import DockerFailed, ReleaseFailed, exit_where_it_fails, open_session
from tests.release.programs import write_program
from tests.release.session_environ import PASSWORD, REGISTRY, build_environ, build_environ_with_key
from tests.support.running_server import DEADLINE_SECONDS, ROOT

# Says how many folders there are while the session is open, and is cancelled then.
CANCELLED = """
import os, signal
from release.docker import exit_where_it_fails, open_session
with exit_where_it_fails("Not deployed"), open_session(os.environ):
    print(len(os.listdir(os.environ["TMPDIR"])), flush=True)
    os.kill(os.getpid(), getattr(signal, os.environ["SIGNAL"]))
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which sessions have theirs."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return an environment with nothing to hand to Docker."""
    return build_environ(tmp_path)


def read_notes(environ: dict[str, str]) -> str:
    return Path(environ["NOTES"]).read_text()


def test_hands_docker_the_environment_as_it_is(environ: dict[str, str]) -> None:
    with open_session(environ) as docker:
        assert docker.environment == environ


def test_logs_in_nowhere_without_a_user(environ: dict[str, str]) -> None:
    with open_session({**environ, "CI_REGISTRY": "registry.example.com", "CI_REGISTRY_PASSWORD": PASSWORD}):
        assert not Path(environ["NOTES"]).exists()


def test_logs_in_with_a_configuration_of_its_own(environ: dict[str, str], place: Path) -> None:
    with open_session({**environ, **REGISTRY, "DOCKER_CONFIG": "/shared"}) as docker:
        config = Path(docker.environment["DOCKER_CONFIG"])
        assert (config / "config.json").read_text() == PASSWORD
    assert config.parent.parent == place
    assert read_notes(environ).startswith("login --username pipeline --password-stdin registry.example.com\n")


def test_shows_the_password_to_nobody(environ: dict[str, str]) -> None:
    with open_session({**environ, **REGISTRY}) as docker:
        docker.run("ps")
    assert "\nps\n" in read_notes(environ)
    assert PASSWORD not in read_notes(environ)


@pytest.mark.parametrize("missing", ["CI_REGISTRY", "CI_REGISTRY_PASSWORD"])
def test_wants_all_of_a_registry(environ: dict[str, str], missing: str) -> None:
    with pytest.raises(ReleaseFailed) as refused, open_session({**environ, **REGISTRY, missing: ""}):
        pass
    assert str(refused.value) == "CI_REGISTRY_USER is set, so CI_REGISTRY and CI_REGISTRY_PASSWORD must be as well."
    assert not Path(environ["NOTES"]).exists()


def test_says_why_a_login_failed_and_keeps_nothing(environ: dict[str, str], place: Path, tmp_path: Path) -> None:
    write_program(tmp_path / "programs", "docker", "echo denied >&2; exit 1")
    with pytest.raises(DockerFailed) as failed, open_session({**environ, **REGISTRY}):
        pass
    command = "docker login --username pipeline --password-stdin registry.example.com"
    assert str(failed.value) == f"'{command}' failed: denied"
    assert list(place.iterdir()) == []


def test_leaves_nothing_behind_whatever_happens(tmp_path: Path, place: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_session({**build_environ_with_key(tmp_path), **REGISTRY}):
        assert {"key", "bin", "docker"} == {path.name for path in place.glob("*/*")}
        raise ZeroDivisionError
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_leaves_nothing_behind_where_the_job_is_cancelled(tmp_path: Path, place: Path, name: str) -> None:
    # In a process of its own: were the signal not caught, it would end the tests.
    environ = build_environ_with_key(tmp_path)
    ended = subprocess.run(
        [sys.executable, "-c", CANCELLED],
        cwd=ROOT,
        env={**environ, "TMPDIR": str(place), "SIGNAL": name},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "1\n", "Interrupted.\n")
    assert list(place.iterdir()) == []


def test_goes_on_where_the_terminal_is_closed_on_purpose() -> None:
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        with exit_where_it_fails("Not deployed"):
            assert [signal.getsignal(each) for each in before] == [signal.SIG_IGN] * 2
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def test_hands_on_its_login(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with open_session({**environ, **REGISTRY}, needs_login=False) as docker:
        assert docker.hands_on_login
    assert capsys.readouterr().out == ""


def test_hands_on_the_login_of_whoever_has_called_it(environ: dict[str, str]) -> None:
    with open_session(environ) as docker:
        assert docker.hands_on_login


def test_where_no_login_is_needed_there_is_none_to_hand_on(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with open_session(environ, needs_login=False) as docker:
        assert not docker.hands_on_login
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "'docker login --username pipeline --password-stdin registry.example.com' failed: denied"),
        ({"CI_REGISTRY": ""}, "CI_REGISTRY_USER is set, so CI_REGISTRY and CI_REGISTRY_PASSWORD must be as well."),
    ],
)
def test_where_no_login_is_needed_it_may_fail(
    environ: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, str], reason: str
) -> None:
    write_program(tmp_path / "programs", "docker", "echo denied >&2; exit 1")
    with open_session({**environ, **REGISTRY, **changes}, needs_login=False) as docker:
        assert not docker.hands_on_login
    assert capsys.readouterr().out == f"Without a login to the registry. {reason}\n"
