"""The programs are found where they are, and where they are not, somebody is told what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools import prometheus
from tools.prometheus import AMTOOL, PrometheusMissing, find_program, list_missing, unpack_programs


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Have nothing on the PATH and nothing unpacked; return the only folder on the PATH."""
    monkeypatch.setattr(prometheus, "_FOLDER", tmp_path / "unpacked")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_all_are_there_once_they_are_unpacked() -> None:
    assert list_missing() == []


def test_takes_what_the_machine_has(bare_machine: Path) -> None:
    program = bare_machine / "amtool"
    program.touch()
    os.chmod(program, 0o755)
    assert find_program(AMTOOL) == str(program)


@pytest.mark.usefixtures("bare_machine")
def test_says_what_is_missing_where_nothing_can_be_unpacked() -> None:
    with pytest.raises(PrometheusMissing) as raised:
        unpack_programs()
    assert str(raised.value) == (
        "The tests need prometheus, promtool, alertmanager, amtool. Put them on the PATH, or run 'make prometheus' on "
        "Debian or Ubuntu with filled package lists ('apt-get update' fills them)."
    )
