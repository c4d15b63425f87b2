"""Runs the commands of a release in this process, with a scripted Docker in the place of a session's."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType

import pytest

from release.docker import Docker, ReleaseFailed
from tests.release.scripted_docker import ScriptedDocker


def use_docker(monkeypatch: pytest.MonkeyPatch, command: ModuleType, docker: ScriptedDocker) -> None:
    """Have the sessions of `command` give `docker`, in the environment that they are opened with."""

    @contextmanager
    def open_session(environ: Mapping[str, str], needs_login: bool = True) -> Iterator[Docker]:
        docker.environment = dict(environ)
        docker.needs_login = needs_login
        yield docker

    monkeypatch.setattr(command, "open_session", open_session)


def refuse_sessions(monkeypatch: pytest.MonkeyPatch, command: ModuleType) -> None:
    """Have no session of `command` be possible."""

    def open_session(environ: Mapping[str, str], needs_login: bool = True) -> None:
        raise ReleaseFailed("No user.")

    monkeypatch.setattr(command, "open_session", open_session)


def run(monkeypatch: pytest.MonkeyPatch, command: ModuleType, *arguments: str) -> object:
    """Run `command`, and return what it exits with: a sentence is printed, and the status is 1; `None` is success."""
    monkeypatch.setattr(sys, "argv", [command.__name__, *arguments])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    try:
        command.main()
    except SystemExit as ended:
        return ended.code
    except KeyboardInterrupt:  # which would end the tests
        pytest.fail("The interruption was not caught.")
    return None


def interrupt(arguments: tuple[str, ...], stdin: str) -> str:
    """Do as Ctrl-C does, in the place of an answer."""
    raise KeyboardInterrupt
