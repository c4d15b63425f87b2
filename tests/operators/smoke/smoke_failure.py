"""Why a scripted service fails its smoke test."""

from __future__ import annotations

import pytest

from app.commands.smoke.address import ServiceAddress
from app.commands.smoke.command import check_service
from app.commands.smoke.expected import SmokeFailed
from tests.operators.smoke.scripted_service import EXPECTATION, ScriptedService


def explain_failure(service: ScriptedService, timeout_seconds: float = 0.0) -> str:
    """Return why the service fails, with its address written as `service`."""
    with pytest.raises(SmokeFailed) as refused:
        check_service(ServiceAddress.parse(f"http://{service.address}"), EXPECTATION, timeout_seconds)
    return str(refused.value).replace(service.address, "service")
