"""LOAD_TIMEOUT_SECONDS holds for the trial at a start and at a reload, and for each worker."""

from __future__ import annotations

from typing import Any

import pytest
from gunicorn.config import Config

from app.artifacts import Artifact
from app.server import hooks
from app.server import master as master_module
from app.server.master import ServiceMaster
from app.settings import Settings

Asked = list[Any]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return how long each version was to be waited for; none is tried."""
    asked: Asked = []

    def record(*_: object, timeout_seconds: float, **__: object) -> None:
        asked.append(timeout_seconds)
        raise StopIteration

    for module in (hooks, master_module):
        monkeypatch.setattr(module, "accept_version", record)
    monkeypatch.setattr(hooks, "check_addresses", lambda *_: None)
    return asked


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = Settings(load_timeout_seconds=600)
    monkeypatch.setattr(hooks, "read_settings", lambda: settings)
    return settings


def build_master() -> ServiceMaster:
    """Return a master that has not been started."""
    master: ServiceMaster = ServiceMaster.__new__(ServiceMaster)
    master.cfg = Config()
    return master


@pytest.mark.usefixtures("settings")
def test_a_start_waits_for_a_version_as_long_as_the_settings_say(asked: Asked) -> None:
    with pytest.raises(StopIteration):
        hooks.on_starting(build_master())
    assert asked == [600]


def test_a_reload_waits_for_a_version_as_long_as_the_settings_say(
    asked: Asked, settings: Settings, iris_artifact: Artifact
) -> None:
    master = build_master()
    master.adopt(settings, iris_artifact)
    master.handle_hup()
    with pytest.raises(StopIteration):
        master.manage_workers()
    assert asked == [600]


def test_a_worker_may_load_as_long_as_the_settings_say(settings: Settings, iris_artifact: Artifact) -> None:
    master = build_master()
    master.adopt(settings, iris_artifact)
    assert master.load_timeout_seconds == 600
