from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.running_server import DEADLINE_SECONDS, ROOT

SERVICE_FILES = [*sorted((ROOT / "app").rglob("*.py")), ROOT / "wsgi.py", ROOT / "gunicorn.conf.py"]
TRAINING_FILES = sorted((ROOT / "training").rglob("*.py"))
# What a script may use to predict without a web framework.
PURE_MODULES = [
    "app.artifacts",
    "app.model.predictor",
    "app.predictor",
    "app.prediction_log.accuracy",
    "app.prediction_log.labels",
    "app.prediction_log.log",
    "app.prediction_log.reading",
    "app.engines.estimator",
    "app.columns.table",
    "app.web.bodies.json_text",
    "app.columns.faults",
    "app.columns.json_pointer",
]
WEB_PACKAGES = {"flask", "werkzeug", "gunicorn", "marshmallow", "apispec", "prometheus_client"}


def find_imports(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports, wherever in the file that stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}, line {node.lineno}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def find_file(name: str) -> Path | None:
    """Return the file of the module that `name` names or stands in; `None` when it is not of the service."""
    while name.startswith("app."):
        place = ROOT.joinpath(*name.split("."))
        for path in (place / "__init__.py", place.with_suffix(".py")):
            if path.is_file():
                return path
        name = name.rpartition(".")[0]
    return None


def find_files_behind(module: str) -> set[Path]:
    """Return the files of the service that importing `module` runs, itself and its packages' modules included."""
    found: set[Path] = set()
    pending = [module]
    while pending:
        path = find_file(pending.pop())
        if path and path not in found:
            found.add(path)
            pending.extend(find_imports(path))
    return found


def name_file(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SERVICE_FILES, ids=name_file)
def test_the_service_never_imports_training(path: Path) -> None:
    assert [name for name in find_imports(path) if name.split(".")[0] == "training"] == []


@pytest.mark.parametrize("path", TRAINING_FILES, ids=name_file)
def test_training_knows_the_model_and_what_it_is_made_of(path: Path) -> None:
    packages = {name.split(".")[1] for name in find_imports(path) if name.split(".")[0] == "app"}
    known = {"artifacts", "columns", "engines", "evaluation", "model", "outputs", "publishing", "tables"}
    assert packages - known == set()


@pytest.mark.parametrize("module", PURE_MODULES)
def test_inference_does_not_know_http(module: str) -> None:
    names = {name.split(".")[0] for path in find_files_behind(module) for name in find_imports(path)}
    assert names & WEB_PACKAGES == set()


def test_looks_behind_what_is_imported() -> None:
    behind = {name_file(path) for path in find_files_behind("app.model.predictor")}
    assert {
        "app/model/predictor.py",
        "app/engines/estimator.py",
        "app/columns/json_pointer.py",
        "app/artifacts/reading.py",
    } <= behind


@pytest.mark.parametrize("module", [*PURE_MODULES, "training.train"])
def test_is_imported_where_no_web_framework_is_installed(module: str) -> None:
    code = f"import sys; sys.modules.update(dict.fromkeys({sorted(WEB_PACKAGES)})); import {module}"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=DEADLINE_SECONDS)
    assert (ended.returncode, ended.stderr) == (0, b"")
