from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running_server import DEADLINE_SECONDS, ROOT

# What each says first where the environment says nothing.
COMMANDS = {
    "deploy": "Not deployed. The environment cannot be used: DOCKER_HOST must name the engine, such as ",
    "deploy back": "Not rolled back. The environment cannot be used: DOCKER_HOST must name the engine, such as ",
    "images push": "Say what to push, and where to write its digest: ",
    "images champion": "CHAMPION_IMAGE must name that in production, such as ",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_runs_where_nothing_is_installed_and_ends_with_1_and_one_line(name: str, tmp_path: Path) -> None:
    # -S: without the packages of this environment.
    command = [sys.executable, "-S", "-m", *f"release.{name}".split()]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert ended.stderr.startswith(COMMANDS[name])
