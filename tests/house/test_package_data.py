from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.version import __version__
from tests.support.running_server import DEADLINE_SECONDS, ROOT

BUILD = [sys.executable, "-c", "import setuptools; setuptools.setup()", "--quiet", "bdist_wheel"]
PACKAGES = ("app", "training")


def list_sources(package: str) -> list[str]:
    files = [path.relative_to(ROOT) for path in (ROOT / package).rglob("*") if path.is_file()]
    return sorted(str(path) for path in files if "__pycache__" not in path.parts)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel, built from a copy of the sources."""
    folder = tmp_path_factory.mktemp("sources")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("wsgi.py", "setup.cfg", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    subprocess.run(BUILD, cwd=folder, check=True, capture_output=True, timeout=DEADLINE_SECONDS)
    (built,) = (folder / "dist").iterdir()
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> list[str]:
    """Return the names of the files in the wheel, except what describes it."""
    with zipfile.ZipFile(wheel) as archive:
        return sorted(name for name in archive.namelist() if ".dist-info/" not in name)


def test_is_named_after_the_service_and_its_version(wheel: Path) -> None:
    assert wheel.name == f"ml_service-{__version__}-py3-none-any.whl"


def test_holds_every_file_of_the_service_and_of_training_and_nothing_else(contents: list[str]) -> None:
    assert contents == sorted([*list_sources("app"), *list_sources("training"), "wsgi.py"])


@pytest.mark.parametrize("pattern", ["app/openapi/pages/*.html", "app/openapi/pages/*.js", "app/artifacts/*.py"])
def test_holds_what_is_not_found_by_imports(contents: list[str], pattern: str) -> None:
    assert [name for name in contents if Path(name).match(pattern)]
