from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import Result

from app import create_app
from app.commands.smoke import command
from app.settings import Settings
from tests.operators.smoke.scripted_service import EXPECTATION, ScriptedService
from tests.support.published_models import publish_second_and_first
from tests.support.running_server import DEADLINE_SECONDS, ROOT, RunningServer

PASSED = [
    "the service is ready",
    "the expected version is served",
    "every golden row is predicted",
    "a batch is predicted",
    "a bad request is refused",
    "the OpenAPI document loads",
]


def run(artifact_dir: Path, *arguments: str, version: str | None = None, stdin: str = "") -> Result:
    settings = Settings(artifact_dir=artifact_dir, model_version=version)
    return create_app(settings).test_cli_runner().invoke(args=["smoke", *arguments], input=stdin)


def test_a_healthy_service_passes_by_make(server: RunningServer, example_artifact_dir: Path) -> None:
    environ = {**os.environ, "ARTIFACT_DIR": str(example_artifact_dir)}
    made = ["make", "--no-print-directory", "--assume-old=install", "smoke", f"URL={server.url}"]
    ended = subprocess.run(made, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.findall(r"^passed in +\d+ ms: (.+)$", ended.stdout, re.MULTILINE) == PASSED


def test_expects_the_version_that_the_settings_name(server: RunningServer, tmp_path: Path) -> None:
    publish_second_and_first(tmp_path)
    for version in ("first", "second"):
        ended = run(tmp_path, server.url, version=version)
        assert (ended.exit_code, ended.stderr) == (
            1,
            f"GET {server.url}/ready was answered by model version 'example', not {version}.\n",
        )


def test_prints_what_has_passed_and_then_the_fault(
    service: ScriptedService, example_artifact_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_read_expectation", lambda: EXPECTATION)
    del service.script["POST /predict/batch"]
    ended = run(example_artifact_dir, f"http://{service.address}")
    assert ended.exit_code == 1
    assert re.findall(r": (.+)", ended.stdout) == PASSED[:3]
    assert ended.stderr == (
        f"POST http://{service.address}/predict/batch should be answered 200, "
        "but was 404 with text/html: '<html> <title>Sign in</title>'.\n"
    )


def test_says_that_there_is_nothing_to_expect(tmp_path: Path) -> None:
    ended = run(tmp_path)
    assert (ended.exit_code, ended.stderr) == (
        1,
        f"There is no current version in {tmp_path}. "
        "Nothing is published there: publish a version with 'make train'.\n",
    )


def test_gives_a_service_the_time_that_the_options_say(
    example_artifact_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, float]] = []
    monkeypatch.setattr(command, "check_service", lambda address, _, timeout, __: calls.append((str(address), timeout)))
    run(example_artifact_dir)
    run(example_artifact_dir, "http://example.com", "--timeout", "1.5")
    assert calls == [("http://127.0.0.1:8000", 30.0), ("http://example.com", 1.5)]


def test_asks_the_server_of_this_machine_where_no_url_is_given(
    example_artifact_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(command, "check_service", lambda address, *_: asked.append(str(address)))
    for host in ("127.0.0.2", "0.0.0.0", "::"):
        settings = Settings(artifact_dir=example_artifact_dir, host=host, port=8123)
        create_app(settings).test_cli_runner().invoke(args=["smoke"])
    assert asked == ["http://127.0.0.2:8123", "http://127.0.0.1:8123", "http://[::1]:8123"]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["localhost:8000"], "Error: The URL must be like http://127.0.0.1:8000 or "),
        (["http://127.0.0.1", "more"], "Error: Got unexpected extra argument (more)"),
        (["--timeout", "-1"], "Error: Invalid value for '--timeout': must be a number of seconds from 0 to 3600"),
        (["--timeout", "nan"], "Error: Invalid value for '--timeout': must be a number of seconds from 0 to 3600"),
        (["--timeout", "soon"], "Error: Invalid value for '--timeout': must be a number of seconds from 0 to 3600"),
        (
            ["--authority", "-", "https://127.0.0.1"],
            "Error: The URL cannot be trusted: the authority is no certificate",
        ),
    ],
)
def test_refuses_wrong_arguments(example_artifact_dir: Path, arguments: list[str], fault: str) -> None:
    ended = run(example_artifact_dir, *arguments, stdin="none")
    assert ended.exit_code == 2
    assert fault in ended.stderr
