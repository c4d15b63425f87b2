"""Many requests sent at once: all are answered, in their order, and no worker is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.conversation import converse_to_the_end
from tests.support.running_server import RunningServer, run_server

N_REQUESTS = 2000


@pytest.fixture(scope="module")
def own_server(example_artifact_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run a server that may lose its worker, with as much time for each request as the last of many needs."""
    folder = tmp_path_factory.mktemp("pipelined")
    with run_server(example_artifact_dir, folder, WEB_CONCURRENCY="1", REQUEST_DEADLINE_SECONDS="60") as server:
        yield server


@pytest.mark.parametrize("path", ["/health", "/nothing"])
@pytest.mark.parametrize("n_bytes", [0, 300])
def test_answers_all_in_their_order(own_server: RunningServer, path: str, n_bytes: int) -> None:
    workers, filling = own_server.list_workers(), "x" * n_bytes
    names = [f"request-{number}" for number in range(N_REQUESTS)]
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Filling: {filling}\r\nX-Request-ID: "
    sent = "".join(f"{head}{name}\r\n\r\n" for name in names).encode()
    conversation = converse_to_the_end(own_server.connect, sent)
    assert [answer.headers["x-request-id"] for answer in conversation.answers] == names
    assert own_server.list_workers() == workers
