"""The real server where it cannot listen: it ends at once, with one line, before it looks at any model."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.running_server import DEADLINE_SECONDS, start_server


@pytest.fixture(scope="module")
def taken() -> Iterator[int]:
    """Return a port that something listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def start_in_vain(folder: Path, **variables: str) -> list[str]:
    """Return what a server that cannot be started says: all but gunicorn's greeting."""
    with start_server(folder / "nothing", folder, **variables) as server:
        assert server.process.wait(DEADLINE_SECONDS) == 1
        lines = [json.loads(line) for line in server.read_log().splitlines()]
    return [line["message"] for line in lines if not line["message"].startswith("Starting gunicorn")]


@pytest.mark.parametrize("variable", ["PORT", "METRICS_PORT"])
def test_a_port_that_is_taken_is_one_line_that_names_its_variable(tmp_path: Path, taken: int, variable: str) -> None:
    assert start_in_vain(tmp_path, **{variable: str(taken)}) == [
        f"{variable} is taken: another process listens at 127.0.0.1:{taken}. "
        f"End that one, or set {variable} to a free port."
    ]


def test_an_address_of_another_machine_is_one_line_that_names_the_host(tmp_path: Path) -> None:
    assert start_in_vain(tmp_path, HOST="192.0.2.1", PORT="8000") == [
        "HOST is no address of this machine, so nothing can listen at 192.0.2.1:8000. "
        "Set HOST to an address of this machine, or to 0.0.0.0 for all of them."
    ]
