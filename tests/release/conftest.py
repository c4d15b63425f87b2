"""What the tests of a roll-out share: an engine that begins empty, and does not make them wait."""

from __future__ import annotations

import pytest

from release import deploy, waiting
from tests.release.scripted_swarm import ScriptedSwarm


@pytest.fixture
def swarm(monkeypatch: pytest.MonkeyPatch) -> ScriptedSwarm:
    """Return an engine that has nothing yet."""
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0)
    monkeypatch.setattr(deploy, "_RETRY_SECONDS", 0)
    return ScriptedSwarm()
