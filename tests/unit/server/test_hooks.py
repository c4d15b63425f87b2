from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config

from app.artifacts import ArtifactError
from app.server import hooks
from app.server.master import ServiceMaster
from app.settings import Settings


class Log:
    """A log that keeps the lines that end a start."""

    def __init__(self) -> None:
        self.critical_lines: list[str] = []

    def critical(self, message: str, *values: object) -> None:
        """Keep a line."""
        self.critical_lines.append(message % values)

    def info(self, message: str, *values: object) -> None:
        """Keep nothing of what is no fault."""


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of a start at a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings = Settings(port=probe.getsockname()[1])
    monkeypatch.setattr(hooks, "read_settings", lambda: settings)
    return settings


@pytest.fixture
def master(settings: Settings) -> Iterator[ServiceMaster]:
    """Return a master that is about to start; what it listens at is closed at the end."""
    master: ServiceMaster = ServiceMaster.__new__(ServiceMaster)
    master.cfg, master.log = Config(), Log()
    master.cfg.set("bind", settings.address)
    yield master
    for listener in master.LISTENERS:
        listener.close()


def accept_anything(*_: object, **__: object) -> Any:
    """Return what is known of a version that has been accepted."""
    outcome = SimpleNamespace(modules=[])
    return SimpleNamespace(artifact="an artifact", outcome=outcome, is_unusual=False, describe=lambda: "accepted")


def test_a_master_listens_once_it_has_accepted_a_version(
    master: ServiceMaster, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def accept(*_: object, **__: object) -> Any:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((settings.host, settings.port), timeout=10)
        return accept_anything()

    monkeypatch.setattr(hooks, "accept_version", accept)
    hooks.on_starting(master)
    assert vars(master)["artifact"] == "an artifact"
    socket.create_connection((settings.host, settings.port), timeout=10).close()


def test_a_master_that_has_accepted_no_version_does_not_listen(
    master: ServiceMaster, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ArtifactError("It is broken.")

    monkeypatch.setattr(hooks, "accept_version", refuse)
    with pytest.raises(SystemExit, match="^1$"):
        hooks.on_starting(master)
    assert (master.log.critical_lines, master.LISTENERS) == (["It is broken."], [])


def test_a_port_that_is_taken_while_a_version_is_verified_is_one_line(
    master: ServiceMaster, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as listeners:

        def accept_too_late(*_: object, **__: object) -> Any:
            listeners.enter_context(socket.create_server((settings.host, settings.port)))
            return accept_anything()

        monkeypatch.setattr(hooks, "accept_version", accept_too_late)
        with pytest.raises(SystemExit, match="^1$"):
            hooks.on_starting(master)
    assert master.log.critical_lines == [
        f"PORT is taken: another process listens at {settings.address}. End that one, or set PORT to a free port."
    ]


def test_certificates_that_would_be_ignored_end_the_start(master: ServiceMaster) -> None:
    master.cfg.set("certfile", "certificate.pem")
    with pytest.raises(SystemExit, match="^1$"):
        hooks.on_starting(master)
    assert master.log.critical_lines[0].startswith("TLS is not served")
    assert master.LISTENERS == []
