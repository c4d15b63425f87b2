"""Roll-outs to a scripted engine, with a smoke test that fails where a test says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from release import convergence, rolling
from release.deployment import Target
from release.expectation import Expectation
from release.records import Release
from release.rolling import RolloutFailed, return_to, roll_out
from release.smoke import SmokeFailed
from tests.release.scripted_service import EXPECTATION
from tests.release.scripted_swarm import ScriptedSwarm, build_release

TARGET = Target("staging", "http://staging.example.com", 60.0)
FIRST = build_release(1)
SECOND = build_release(2, FIRST.name)
SERVES_ON = f"Release {FIRST.name} serves on: {FIRST.image}, version v2."


class Rollout:
    """An engine that has nothing yet, and what is told of what is done to it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.swarm = ScriptedSwarm()
        self.told: list[str] = []
        self.failing: list[str] = []
        self.after_check: Callable[[], None] = lambda: None
        monkeypatch.setattr(rolling, "check_service", self._check)
        monkeypatch.setattr(rolling, "_POLL_SECONDS", 0)
        monkeypatch.setattr(rolling, "_RETRY_SECONDS", 0)
        monkeypatch.setattr(convergence, "POLL_SECONDS", 0)

    def run(self, release: Release) -> None:
        """Roll `release` out."""
        roll_out(self.swarm, TARGET, release, self.told.append)

    def return_to(self, release: Release) -> None:
        """Have `release` serve again."""
        return_to(self.swarm, TARGET, release, self.told.append)

    def explain(self, release: Release) -> str:
        """Return why `release` cannot be rolled out."""
        with pytest.raises(RolloutFailed) as failed:
            self.run(release)
        return str(failed.value)

    def _check(self, url: str, expectation: Expectation) -> None:
        assert expectation == EXPECTATION
        if self.swarm.served in self.failing:
            raise SmokeFailed(f"{self.swarm.served} answers wrongly at {url}.")
        self.after_check()


def name_fault(release: Release) -> str:
    """Return what the smoke test says of `release`."""
    return f"{release.name} answers wrongly at http://staging.example.com."
