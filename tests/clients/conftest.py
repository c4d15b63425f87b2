"""What the tests of clients share: the bodies of right requests, and what has a client ask the server."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Protocol

import pytest

from tests.clients.catalog import FOLDER, MONO_PROGRAM
from tests.clients.client import Answer, Client, Request, run
from tests.support.running_server import RunningServer
from training.dataset import Dataset


class Ask(Protocol):
    """Has a client send a request to the server, some times over, and returns the answers."""

    def __call__(
        self,
        client: Client,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = "application/json",
        *,
        times: int = 1,
        url: str | None = None,
    ) -> list[Answer]:
        """Send it to another `url` than the server's where one is given."""


@pytest.fixture(scope="session")
def by_position(example_dataset: Dataset) -> bytes:
    """Return the body of a right request, whose label is 0."""
    return json.dumps({"features": example_dataset.X[0].tolist()}).encode()


@pytest.fixture(scope="session")
def by_name(example_dataset: Dataset) -> bytes:
    """Return the body of the same request, by name."""
    features = zip(example_dataset.feature_names, example_dataset.X[0].tolist(), strict=True)
    return json.dumps({"features": dict(features)}).encode()


@pytest.fixture(scope="session")
def ask(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Return what has a client ask the server."""
    folder = tmp_path_factory.mktemp("clients")
    compiled = run("mcs", f"-out:{MONO_PROGRAM}", str(FOLDER / "Client.cs"), folder=folder)
    assert compiled.returncode == 0, compiled.stderr
    numbers = itertools.count()

    def write(body: bytes) -> Path:
        file = folder / f"body-{next(numbers)}"
        file.write_bytes(body)
        return file

    def send(
        client: Client,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = "application/json",
        *,
        times: int = 1,
        url: str | None = None,
    ) -> list[Answer]:
        body_file = None if body is None else write(body)
        return client.ask(Request(method, f"{url or server.url}{path}", body_file, content_type), times, folder)

    return send
