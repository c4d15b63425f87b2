from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.test_imports import find_imports, name_file
from tests.support.running_server import DEADLINE_SECONDS, ROOT

FILES = sorted((ROOT / "release").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_needs_the_standard_library_alone(path: Path) -> None:
    names = {name.split(".")[0] for name in find_imports(path)}
    assert names - {*sys.stdlib_module_names, "release"} == set()


def test_runs_where_nothing_is_installed() -> None:
    command = [sys.executable, "-S", "-m", "release.smoke", "--help"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=DEADLINE_SECONDS)
    assert (ended.returncode, ended.stderr) == (0, b"")
