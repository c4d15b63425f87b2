from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.clients.programs import ProgramMissing, find_program, install_programs
from tests.support.running_server import DEADLINE_SECONDS, ROOT


def test_installs_nothing_where_everything_is_there() -> None:
    command = [sys.executable, "-m", "tests.clients.programs"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_names_what_is_missing_where_it_may_not_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("tests.clients.programs._PACKAGES", {"no-such-client": "a-package"})
    with pytest.raises(ProgramMissing) as refused:
        install_programs()
    assert str(refused.value) == (
        "The tests of old clients need no-such-client: run `make test-clients` as root on Debian 12, or install "
        "a-package first. Only root may install packages."
    )


def test_a_missing_client_fails_the_test_that_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.clients.programs._PROGRAM_FOLDERS", "/nowhere")
    with pytest.raises(ProgramMissing, match=r"^The tests of old clients need curl: .* or install curl first\.$"):
        find_program("curl")
