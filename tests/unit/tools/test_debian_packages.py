"""What tests drive of Debian's packages is installed where it is missing, and named where it cannot be."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tests.support import debian_packages
from tests.support.debian_packages import ProgramMissing, find_program, install_missing

PACKAGES = {"no-such-client": "a-package", "no-such-tool": "a-package", "sh": "dash"}


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return what apt-get is asked for, which fails at the second request."""
    commands: list[list[str]] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, len(commands) - 1, "E: Are you root?\n")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_installs_nothing_where_everything_is_there(commands: list[list[str]]) -> None:
    install_missing({"sh": "dash"}, "tests")
    assert commands == []


def test_installs_each_missing_package_once_and_says_why_it_cannot(
    commands: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ProgramMissing) as refused:
        install_missing(PACKAGES, "tests")
    assert commands[1][-2:] == ["--no-install-recommends", "a-package"]
    assert str(refused.value) == (
        "The tests need no-such-client, no-such-tool: run them as root on Debian 12, or install a-package first. "
        "apt-get says: E: Are you root?"
    )
    assert capsys.readouterr().out == "Installing for the tests: a-package\n"


def test_a_missing_program_fails_the_test_that_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian_packages, "PATH", "/nowhere")
    with pytest.raises(ProgramMissing, match=r"^The tests need sh: .* or install dash first\.$"):
        find_program("sh", PACKAGES, "tests")
