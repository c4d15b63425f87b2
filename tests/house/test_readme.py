"""The README's examples are run, and what they print is what the README shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings
from tests.running_server import ROOT, RunningServer

README = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"^\$ (curl .+)\n(.+)$", README, re.MULTILINE)
# What differs from one run to the next.
CIRCUMSTANCES = re.compile(r'("(?:model_version|request_id)":)"[^"]*"')


@pytest.mark.parametrize(("command", "shown"), EXAMPLES)
def test_a_request_is_answered_as_the_readme_shows(server: RunningServer, command: str, shown: str) -> None:
    arguments = shlex.split(command.replace("http://127.0.0.1:8000", server.url))
    printed = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    assert CIRCUMSTANCES.sub(r'\1"…"', printed) == CIRCUMSTANCES.sub(r'\1"…"', shown)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 3


def test_the_script_without_http_runs(example_artifact_dir: Path) -> None:
    (script,) = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    script = script.replace('"artifacts"', repr(str(example_artifact_dir)))
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True).stdout in (
        "0\n",
        "1\n",
    )


def test_the_table_of_settings_names_every_variable() -> None:
    section = README[README.index("## Settings") : README.index("## For developers")]
    named = {
        name for row in re.findall(r"^\| (`[A-Z].+?) \|", section, re.MULTILINE) for name in re.findall("[A-Z_]+", row)
    }
    assert named == {name.upper() for name in Settings.__dataclass_fields__} | {"SIGNING_KEY_FILE"}
