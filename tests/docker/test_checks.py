"""The checks of `make lint-release` pass on what there is, and each fails on a copy that is broken in its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docker.clones import clone_project, drop_variables, run_make
from tests.support.running_server import ROOT

# What a check is for: the file, what is replaced in it and by what, and what the check says then.
BROKEN = {
    "hadolint": ("docker/Dockerfile", "FROM ${BASE_IMAGE}\n", "FROM python\nRUN cd /tmp && pip install x\n", "DL3003"),
    "yamllint": ("docker/prometheus/prometheus.yml", "  scrape_interval", "   scrape_interval", "wrong indentation"),
    "shellcheck": (".ci/run", 'cd "$(dirname "$0")/.."', "cd $(dirname $0)/..", "SC2086"),
    "the schema of Compose": ("docker/compose.yml", "read_only:", "readonly:", "readonly"),
    "the schema of Compose for the stack": ("docker/stack.yml", "start-first", "newest-first", "newest-first"),
    "the schema of GitLab": (".gitlab-ci.yml", "interruptible:", "interuptible:", "interuptible"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the project with its environment, which may be broken."""
    folder = clone_project(tmp_path / "copy")
    (folder / ".venv").symlink_to(ROOT / ".venv", target_is_directory=True)
    return folder


def check(folder: Path) -> tuple[int, str]:
    # The environment is installed, whatever the times of the copied files.
    made = run_make(folder, "--assume-old=install", "lint-release", environment=drop_variables("COV"))
    return made.returncode, made.stdout


def test_pass_on_what_there_is(copy: Path) -> None:
    status, printed = check(copy)
    assert (status, printed.count("ok -- validation done")) == (0, 2), printed


@pytest.mark.parametrize("name", BROKEN)
def test_fail_on_what_is_broken(copy: Path, name: str) -> None:
    path, old, new, said = BROKEN[name]
    text = (copy / path).read_text()
    assert old in text
    (copy / path).write_text(text.replace(old, new))
    status, printed = check(copy)
    assert (status, said in printed) == (2, True), printed
