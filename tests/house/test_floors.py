"""The house: each package of the service imports only what lies below it, and libraries stay where they belong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.test_imports import find_file, find_imports, name_file
from tests.support.running_server import ROOT

# From the ground up; what stands on one floor knows nothing of the rest of it.
FLOORS = [
    {"version", "signals"},
    {"columns", "logs"},
    {"outputs"},
    {"artifacts"},
    {"engines", "evaluation", "metrics", "tables", "traces"},
    {"drift", "environment"},
    {"settings"},
    {"model"},
    {"predictor", "prediction_log", "publishing"},
    {"importing"},
    {"web"},
    {"openapi", "server"},
    {"commands"},
    {"__init__", "__main__"},
]
FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}
LIBRARIES = {
    "flask": {"web", "openapi", "commands", "__init__"},
    "werkzeug": {"web", "openapi"},
    "gunicorn": {"server"},
    "sklearn": {"engines", "artifacts", "evaluation", "importing", "publishing"},
    "pandas": {"engines", "importing", "tables"},
    "marshmallow": {"web", "openapi"},
    "apispec": {"openapi"},
}
FILES = sorted((ROOT / "app").rglob("*.py"))


def find_package(path: Path) -> str:
    """Return the package or the module at the top of app/ that a file belongs to."""
    return path.relative_to(ROOT / "app").parts[0].removesuffix(".py")


def list_packages_behind(path: Path) -> set[str]:
    """Return the packages of the service that a file imports, wherever in the file that stands."""
    found = {find_file(name) for name in find_imports(path)}
    return {find_package(each) for each in found if each} - {find_package(path)}


def test_every_package_has_its_floor() -> None:
    assert {find_package(path) for path in FILES} == set(FLOOR_OF)


def test_few_files_stand_at_the_top() -> None:
    assert len(list((ROOT / "app").glob("*.py"))) <= 8


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_imports_only_from_below(path: Path) -> None:
    own = find_package(path)
    assert {each for each in list_packages_behind(path) if FLOOR_OF[each] >= FLOOR_OF[own]} == set()


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_uses_each_library_where_it_belongs(path: Path) -> None:
    used = {name.split(".")[0] for name in find_imports(path)} & set(LIBRARIES)
    assert {library for library in used if find_package(path) not in LIBRARIES[library]} == set()
