from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from release import smoke
from release.smoke import main
from tests.release.scripted_service import EXPECTATION, ScriptedService
from tests.support.running_server import DEADLINE_SECONDS, ROOT, RunningServer

PASSED = [
    "the service is ready",
    "the expected version is served",
    "every golden row is predicted",
    "a batch is predicted",
    "a bad request is refused",
    "the OpenAPI document loads",
]


@pytest.fixture
def scripted_artifact_dir(tmp_path: Path) -> Path:
    """Return a folder with the version that the scripted service serves."""
    golden = EXPECTATION.to_json()
    version = golden.pop("model_version")
    (tmp_path / version).mkdir()
    (tmp_path / version / "metadata.json").write_text(json.dumps({"version": version}))
    (tmp_path / version / "golden.json").write_text(json.dumps(golden))
    return tmp_path


def test_a_healthy_service_passes_well_within_five_seconds(server: RunningServer, example_artifact_dir: Path) -> None:
    command = [sys.executable, "-S", "-m", "release.smoke", server.url, "--artifact-dir", str(example_artifact_dir)]
    started_at = time.monotonic()
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert time.monotonic() - started_at < 5
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.findall(r"^passed in +\d+ ms: (.+)$", ended.stdout, re.MULTILINE) == PASSED


def test_reads_what_to_expect_from_the_environment(
    service: ScriptedService, scripted_artifact_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(scripted_artifact_dir / "v2", scripted_artifact_dir / "v1")
    (scripted_artifact_dir / "current").symlink_to("v1")
    monkeypatch.setenv("ARTIFACT_DIR", str(scripted_artifact_dir))
    monkeypatch.setenv("MODEL_VERSION", " v2 ")
    assert main([f"http://{service.address}"]) == 0


def test_prints_what_has_passed_and_then_the_fault(
    service: ScriptedService, scripted_artifact_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del service.script["POST /predict/batch"]
    assert main([f"http://{service.address}", "--artifact-dir", str(scripted_artifact_dir)]) == 1
    printed = capsys.readouterr()
    assert re.findall(r": (.+)", printed.out) == PASSED[:3]
    assert printed.err == (
        f"POST http://{service.address}/predict/batch should be answered 200, "
        "but was 404 with text/html: '<html> <title>Sign in</title>'.\n"
    )


def test_says_that_there_is_nothing_to_expect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--artifact-dir", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"No version is published in {tmp_path}: publish one with 'make train', or name another folder by "
        "ARTIFACT_DIR.\n"
    )


def test_gives_a_service_the_time_that_the_options_say(
    scripted_artifact_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, float]] = []
    monkeypatch.setattr(smoke, "check_service", lambda url, _, timeout, __: calls.append((url, timeout)))
    main(["--artifact-dir", str(scripted_artifact_dir)])
    main(["http://example.com", "--artifact-dir", str(scripted_artifact_dir), "--timeout", "1.5"])
    assert calls == [("http://127.0.0.1:8000", 30.0), ("http://example.com", 1.5)]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["localhost:8000"], "error: The URL must be like http://127.0.0.1:8000 or "),
        (["http://127.0.0.1", "more"], "error: unrecognized arguments: more"),
        (["--timeout", "-1"], "error: argument --timeout: must be a number of seconds from 0 to 3600"),
        (["--timeout", "nan"], "error: argument --timeout: must be a number of seconds from 0 to 3600"),
        (["--timeout", "soon"], "error: argument --timeout: must be a number of seconds from 0 to 3600"),
    ],
)
def test_refuses_wrong_arguments(arguments: list[str], fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert fault in capsys.readouterr().err
