"""What the tests of training share."""

from __future__ import annotations

import pytest

from tests.support.quick_trials import try_here


@pytest.fixture(autouse=True)
def _trials_are_quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Try versions in this process, but for tests that are marked `real_trial` and those of commands."""
    if "real_trial" not in request.keywords:
        monkeypatch.setattr("training.run.try_version", try_here)
