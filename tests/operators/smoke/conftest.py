"""What the tests of a deployment share: a service that does as it is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.operators.smoke.scripted_service import ScriptedService, run_scripted


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    """Run a service that answers as a healthy one until a test changes its script."""
    with run_scripted() as running:
        yield running
