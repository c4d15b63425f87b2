from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.house.test_imports import find_imports, name_file
from tests.support.running_server import ROOT

FILES = sorted((ROOT / "release").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_needs_the_standard_library_alone(path: Path) -> None:
    names = {name.split(".")[0] for name in find_imports(path)}
    assert names - {*sys.stdlib_module_names, "release"} == set()
