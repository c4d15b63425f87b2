"""What the tests of nginx share: the real nginx in front of the real service."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import pytest

from tests.nginx.name_server import name_replicas
from tests.nginx.running_nginx import RunningNginx, run_nginx
from tests.support.running_server import RunningServer
from training.dataset import Dataset


def pytest_configure() -> None:
    """Take SIGTERM for Ctrl-C: a job that is cancelled ends its servers as well."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def nginx(server: RunningServer) -> Iterator[RunningNginx]:
    """Run nginx in front of the server with the example model, for all tests that leave it as it was."""
    with name_replicas("127.0.0.1") as names, run_nginx(names.port, server.port) as running:
        yield running


@pytest.fixture(scope="session")
def body(example_dataset: Dataset) -> bytes:
    """Return the body of a right request."""
    return json.dumps({"features": example_dataset.X[0].tolist()}).encode()
