"""Why a scripted service fails its smoke test."""

from __future__ import annotations

import pytest

from release.smoke import SmokeFailed, check_service
from tests.release.scripted_service import EXPECTATION, ScriptedService


def explain_failure(service: ScriptedService, timeout_seconds: float = 0.0) -> str:
    """Return why the service fails, with its address written as `service`."""
    with pytest.raises(SmokeFailed) as refused:
        check_service(f"http://{service.address}", EXPECTATION, timeout_seconds)
    return str(refused.value).replace(service.address, "service")
