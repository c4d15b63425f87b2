"""What the tests of HAProxy share: the real HAProxy in front of the real service, and a relay between them."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.haproxy.running_haproxy import RunningHaproxy, run_haproxy
from tests.support.relay import Relay, run_relay
from tests.support.running_server import RunningServer


def pytest_configure() -> None:
    """Take SIGTERM for Ctrl-C: a job that is cancelled ends its servers as well."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def relay(server: RunningServer) -> Iterator[Relay]:
    """Run a relay in front of the server with the example model."""
    with run_relay(server.port) as running:
        yield running


@pytest.fixture(scope="session")
def haproxy(relay: Relay) -> Iterator[RunningHaproxy]:
    """Run HAProxy in front of the relay."""
    with run_haproxy(relay.port) as running:
        yield running
