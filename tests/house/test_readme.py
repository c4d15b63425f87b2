"""The README's examples are run, and what they print is what the README shows."""

from __future__ import annotations

import json
import logging
import os
import re
import shlex
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from app.artifacts import read_artifact
from app.logs.lines import TextFormatter
from app.settings import Settings
from tests.support.prediction_logs import build_record, write_file
from tests.support.running_server import ROOT, RunningServer

README = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"^\$ (curl .+)\n(.+)$", README, re.MULTILINE)
SCRIPTS = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
# What differs from one line of the log to the next.
VARYING = {"time", "message", "pid", "span_id", "duration_ms", "model_version"}
# What differs from one run to the next.
CIRCUMSTANCES = re.compile(r'("(?:model_version|request_id)":)"[^"]*"')


def read_shown_line() -> dict[str, Any]:
    """Return the line of the log that the README shows."""
    (shown,) = re.findall(r"^```json\n(.+)\n```$", README[README.index("## Logs") :], re.MULTILINE)
    line: dict[str, Any] = json.loads(shown)
    return line


@pytest.mark.parametrize(("command", "shown"), EXAMPLES)
def test_a_request_is_answered_as_the_readme_shows(server: RunningServer, command: str, shown: str) -> None:
    arguments = shlex.split(command.replace("http://127.0.0.1:8000", server.url))
    printed = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    assert CIRCUMSTANCES.sub(r'\1"…"', printed) == CIRCUMSTANCES.sub(r'\1"…"', shown)


def test_there_are_examples() -> None:
    assert (len(EXAMPLES), len(SCRIPTS)) == (3, 3)


def test_the_script_that_publishes_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    X, y = load_iris(return_X_y=True)
    exec(SCRIPTS[0], {"pipeline": make_pipeline(StandardScaler(), LogisticRegression()), "X": X, "y": y})
    assert read_artifact(tmp_path / "artifacts").metadata.dataset == "customers"


def test_the_script_without_http_runs(example_artifact_dir: Path) -> None:
    assert run_script(SCRIPTS[1], "artifacts", example_artifact_dir) in ("0\n", "1\n")


def test_the_script_that_reads_predictions_runs(tmp_path: Path) -> None:
    write_file(tmp_path, [build_record("a", labels=[1, 0])])
    assert run_script(SCRIPTS[2], "predictions", tmp_path) == "2026-11-22 15:20:07.163000+00:00 a (2, 3) [1 0]\n"


def run_script(script: str, folder: str, stand_in: Path) -> str:
    """Run a script on another folder than the one that it names, and return what it prints."""
    command = [sys.executable, "-c", script.replace(f'"{folder}"', repr(str(stand_in)))]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_the_line_of_a_request_holds_what_the_readme_shows(server: RunningServer) -> None:
    shown = read_shown_line()
    arguments = shlex.split(EXAMPLES[0][0].replace("http://127.0.0.1:8000", server.url))
    headers = [f"-HX-Request-ID:{shown['request_id']}", f"-Htraceparent:00-{shown['trace_id']}-{shown['span_id']}-01"]
    subprocess.run([*arguments, *headers], capture_output=True, check=True)
    lines = [json.loads(line) for line in server.read_log().splitlines()]
    ids = ("request_id", "trace_id")  # of which other tests of the same server use one
    (line,) = [line for line in lines if [line.get(name) for name in ids] == [shown[name] for name in ids]]
    assert list(line) == list(shown)
    assert {name for name in line if line[name] != shown[name]} <= VARYING


def test_the_text_that_the_readme_shows_is_that_of_its_line() -> None:
    shown = read_shown_line()
    (text,) = re.findall(r"^```text\n(.+)\n```$", README, re.MULTILINE)
    record = logging.makeLogRecord({"levelname": "INFO", "msg": shown["message"], "request_id": shown["request_id"]})
    record.created = datetime.fromisoformat(shown["time"]).timestamp()
    assert TextFormatter().format(record) == text


def test_the_table_of_settings_names_every_variable() -> None:
    section = README[README.index("## Settings") : README.index("## What clients may do")]
    named = {
        name for row in re.findall(r"^\| (`[A-Z].+?) \|", section, re.MULTILINE) for name in re.findall("[A-Z_]+", row)
    }
    assert named == {name.upper() for name in Settings.__dataclass_fields__} | {"TRAIN_VERSION", "SIGNING_KEY_FILE"}


def test_the_accuracy_is_printed_as_the_readme_shows(tmp_path: Path) -> None:
    command, shown = re.findall(r"^\$ \.venv/bin/(flask .+ accuracy .+)\n((?:.+\n)+)```", README, re.MULTILINE)[0]
    old = [build_record(f"old-{number}", "20261121T090512.108Z", [0]) for number in range(200)]
    new = [build_record(f"new-{number}", "20261122T151416.374Z", [0]) for number in range(150)]
    write_file(tmp_path, old + new)
    labels = tmp_path / "labels.csv"
    rows = [f"old-{number},{int(number < 5)}" for number in range(80)] + ["gone,0", "lost,1"]
    labels.write_text("\n".join(["request_id,label", *rows]))
    arguments = [sys.executable, "-m", *command.replace("labels.csv", str(labels)).split()]
    environment = {**os.environ, "PREDICTION_LOG_DIR": str(tmp_path)}
    assert subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True).stdout == shown
