from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.running_server import DEADLINE_SECONDS, ROOT

TEXT = (ROOT / "Makefile").read_text()
CONTRACT_TARGETS = ["help", "install", "train", "run", "test", "lint", "openapi", "bench"]
PHONY_TARGETS = " ".join(re.findall(r"^\.PHONY:(.*)$", TEXT, flags=re.MULTILINE)).split()
COMMENTS = dict(re.findall(r"^([\w.-]+):[^=\n]*## (.+)$", TEXT, flags=re.MULTILINE))
TARGETS = re.findall(r"^([\w-]+):(?!=)", TEXT, flags=re.MULTILINE)


def make(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run make as a person would, also where the tests themselves are run by make."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=DEADLINE_SECONDS
    )


@pytest.fixture(scope="module")
def helped() -> dict[str, str]:
    """Return the targets that `make help` lists, with what it says of them."""
    return {line.split()[1]: line.split(maxsplit=2)[2] for line in make("help").stdout.splitlines()}


@pytest.mark.parametrize("target", CONTRACT_TARGETS)
def test_has_the_targets_of_the_contract(target: str) -> None:
    known = make("--dry-run", target)
    assert (known.returncode, known.stderr) == (0, "")


@pytest.mark.parametrize("is_there", [True, False])
def test_installs_what_the_requirements_of_the_model_name_where_there_are_any(tmp_path: Path, is_there: bool) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements").mkdir()
    for name in ["installer.txt", "dev.txt", *["model.txt"] * is_there]:
        (tmp_path / "requirements" / name).touch()
    commands = make("--dry-run", "install", "PYTHON=python3", folder=tmp_path).stdout
    assert ("-r requirements/dev.txt -r requirements/model.txt" in commands) is is_there
    assert "-r requirements/dev.txt" in commands


def test_tests_the_boosting_libraries_in_an_environment_of_their_own() -> None:
    assert "build/boosting/bin/python -m pytest tests/boosting" in make("--dry-run", "test-boosting").stdout
    assert "build/boosting/bin/python -m pytest tests/boosting" in make("--dry-run", "test-long").stdout


def test_asks_for_a_model_to_import() -> None:
    refused = make("--assume-old=.venv/.installed", "import-model")
    assert refused.returncode == 2
    assert refused.stderr.startswith("Say which model: make import-model MODEL=file DATA=sample.csv TARGET=column")


def test_a_rollback_refuses_a_version() -> None:
    refused = make("--assume-old=.venv/.installed", "rollback", "VERSION=first")
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (
        2,
        "A rollback takes no VERSION: 'make promote VERSION=...' does.",
    )


@pytest.mark.parametrize("variable", ["TARGET=churn", "ESTIMATOR=mine:build"])
def test_training_says_that_a_table_is_missing(variable: str) -> None:
    refused = make("--assume-old=.venv/.installed", "train", variable)
    option = f"--{variable.partition('=')[0].lower()}"
    assert refused.returncode == 2
    assert f"{option} is for a table of your own: name its file with --data, or DATA=FILE for make" in refused.stderr


def test_refuses_a_target_that_it_does_not_have() -> None:
    assert make("--dry-run", "no-such-target").returncode == 2


def test_explains_every_target() -> None:
    assert [target for target in PHONY_TARGETS if target not in COMMENTS] == []


def test_declares_every_target_that_is_no_file() -> None:
    assert sorted(TARGETS) == sorted(PHONY_TARGETS)


def test_helps_with_every_target_that_has_a_comment(helped: dict[str, str]) -> None:
    assert helped == COMMENTS


def test_helps_when_nothing_is_asked_for(helped: dict[str, str]) -> None:
    assert make().stdout == make("help").stdout
    assert "help" in helped


@pytest.mark.parametrize(
    ("variables", "arguments"),
    [
        ([], []),
        (["DATA=my customers.csv", "TARGET=churn rate"], ["--data", "my customers.csv", "--target", "churn rate"]),
        (
            ["DATA=a.csv", "TARGET=b", "ESTIMATOR=mine:build", "TRAIN_OPTIONS=--drop id"],
            ["--data", "a.csv", "--target", "b", "--estimator", "mine:build", "--drop", "id"],
        ),
        (["TARGET=churn"], ["--target", "churn"]),  # which training refuses, as there is no table
    ],
)
def test_trains_on_the_table_that_is_named(tmp_path: Path, variables: list[str], arguments: list[str]) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    made = make("--old-file", ".venv/.installed", f"BIN={tmp_path}", "train", *variables)
    assert made.stdout.splitlines() == ["-m", "training.train", *arguments]


def test_takes_no_target_of_a_compiler_for_a_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET", "x86_64")
    test_trains_on_the_table_that_is_named(tmp_path, [], [])
