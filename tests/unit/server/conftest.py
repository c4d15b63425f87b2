"""What the tests of the server's parts share."""

from __future__ import annotations

import time

import pytest

from tests.support.talking import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return what `time.monotonic` tells from now on."""
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    return clock
