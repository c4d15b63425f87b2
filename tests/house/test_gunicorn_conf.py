from __future__ import annotations

import ast
import inspect
import json
import os
import runpy
import subprocess
import sys
from types import FunctionType
from typing import Any

import gunicorn
import pytest
from gunicorn.config import KNOWN_SETTINGS

from app.server import hooks
from tests.support.running_server import DEADLINE_SECONDS, ROOT, find_free_port

FILE = ROOT / "gunicorn.conf.py"
KNOWN_NAMES = {setting.name for setting in KNOWN_SETTINGS}
BAD_ENVIRONMENT = {"PORT": "http", "THREADS": "0", "MODEL_VERSION": "../v1", "LOG_LEVEL": "loud"}


def find_public_functions() -> dict[str, FunctionType]:
    """Return the functions that the hooks' module defines, which are the hooks."""
    members = inspect.getmembers(hooks, inspect.isfunction)
    return {name: member for name, member in members if member.__module__ == hooks.__name__ and name[0] != "_"}


def run_gunicorn(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gunicorn", *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=DEADLINE_SECONDS)


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """Return the public names of the configuration once it has run."""
    return {name: value for name, value in runpy.run_path(str(FILE)).items() if not name.startswith("_")}


def test_sets_only_what_gunicorn_knows() -> None:
    assignments = [
        node for node in ast.walk(ast.parse(FILE.read_text())) if isinstance(node, ast.Assign | ast.AnnAssign)
    ]
    targets = [target for node in assignments for target in ast.walk(node) if isinstance(target, ast.Name)]
    assigned = {name.id for name in targets if isinstance(name.ctx, ast.Store) and not name.id.startswith("_")}
    assert assigned - KNOWN_NAMES == set()


def test_imports_nothing_that_gunicorn_would_take_for_a_setting(names: dict[str, Any]) -> None:
    imported = {
        name
        for name, value in names.items()
        if inspect.ismodule(value) or inspect.isroutine(value) or inspect.isclass(value)
    }
    assert imported & KNOWN_NAMES == set(find_public_functions())


@pytest.mark.parametrize(("name", "hook"), find_public_functions().items())
def test_hands_on_every_hook(name: str, hook: FunctionType, names: dict[str, Any]) -> None:
    assert names[name] is hook


@pytest.mark.parametrize("name", ["worker_int", "on_reload", "post_worker_init"])
def test_knows_settings_by_their_names(name: str) -> None:
    assert name in KNOWN_NAMES
    assert f"{name}s" not in KNOWN_NAMES


def test_hands_on_what_the_operator_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {"HOST": "::1", "PORT": "81", "WEB_CONCURRENCY": "3", "THREADS": "5", "GRACEFUL_TIMEOUT_SECONDS": "7"}
    chosen["METRICS_PORT"] = "82"
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    settings = runpy.run_path(str(FILE))
    names = ("bind", "workers", "threads", "graceful_timeout")
    assert [settings[name] for name in names] == [["[::1]:81", "[::1]:82"], 3, 5, 7]


def test_passes_the_check_of_gunicorn() -> None:
    checked = run_gunicorn("--check-config")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.parametrize("arguments", [[], ["wsgi:app"]])
def test_a_gunicorn_that_has_not_our_master_does_not_serve_and_names_what_does(arguments: list[str]) -> None:
    ended = run_gunicorn(*arguments, PORT=str(find_free_port()), LOG_FORMAT="json")
    messages = [json.loads(line)["message"] for line in (ended.stdout + ended.stderr).splitlines()]
    assert (ended.returncode, messages) == (
        1,
        [
            f"Starting gunicorn {gunicorn.__version__}",
            "gunicorn's own master neither verifies a model nor reloads one, so it does not serve. "
            "Start the service by 'make run' or 'python -m app'.",
        ],
    )


def test_refuses_a_bad_environment_with_one_line_that_names_every_fault() -> None:
    checked = run_gunicorn("--check-config", **BAD_ENVIRONMENT)
    assert checked.returncode != 0
    assert checked.stdout + checked.stderr == (
        "The environment cannot be used: PORT must be a whole number from 1 to 65535, not 'http'; "
        "THREADS must be a whole number from 1 to 1024, not '0'; "
        "MODEL_VERSION must be 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or a digit, "
        "and other than 'current', not '../v1'; "
        "LOG_LEVEL must be one of debug, info, warning, error, critical, not 'loud'.\n"
    )
