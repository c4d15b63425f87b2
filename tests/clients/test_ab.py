"""ab, which speaks HTTP/1.0 and counts what goes wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.clients.client import run
from tests.support.running_server import RunningServer

N_REQUESTS = 200


def count(*arguments: str) -> tuple[dict[str, int], str]:
    """Run ab and return what it counts by name, and all that it prints."""
    ended = run("ab", *arguments)
    assert ended.returncode == 0, ended
    printed = ended.stdout.decode()
    return {name: int(number) for name, number in re.findall(r"^(\S.*?):\s+(\d+)$", printed, re.MULTILINE)}, printed


@pytest.fixture
def body_file(tmp_path: Path, by_position: bytes) -> str:
    """Return the name of a file with the body of a right request."""
    file = tmp_path / "body"
    file.write_bytes(by_position)
    return str(file)


@pytest.mark.parametrize("clients", ["1", "8"])
@pytest.mark.parametrize("keeps_on", [True, False], ids=["-k", ""])
def test_every_prediction_is_answered(server: RunningServer, body_file: str, keeps_on: bool, clients: str) -> None:
    posting = ["-n", str(N_REQUESTS), "-c", clients, "-p", body_file, "-T", "application/json"]
    counted, printed = count(*posting, *["-k"] * keeps_on, f"{server.url}/predict")
    assert (counted["Complete requests"], counted["Failed requests"]) == (N_REQUESTS, 0), printed
    assert counted.get("Keep-Alive requests", 0) == N_REQUESTS * keeps_on
    assert "Non-2xx responses" not in counted


@pytest.mark.parametrize("keeps_on", [True, False], ids=["-k", ""])
def test_every_page_is_answered(server: RunningServer, keeps_on: bool) -> None:
    counted, printed = count("-n", str(N_REQUESTS), "-c", "8", *["-k"] * keeps_on, f"{server.url}/model")
    assert (counted["Complete requests"], counted["Failed requests"]) == (N_REQUESTS, 0), printed
    assert counted.get("Keep-Alive requests", 0) == N_REQUESTS * keeps_on


@pytest.mark.parametrize("keeps_on", [True, False], ids=["-k", ""])
def test_reads_that_its_body_is_too_long(server: RunningServer, tmp_path: Path, keeps_on: bool) -> None:
    file = tmp_path / "body"
    file.write_bytes(b" " * (3 * 1024 * 1024))
    posting = ["-v", "3", "-n", "8", "-c", "1", "-p", str(file), "-T", "application/json"]
    counted, printed = count(*posting, *["-k"] * keeps_on, f"{server.url}/predict")
    assert (counted["Failed requests"], counted["Non-2xx responses"]) == (0, 8), printed
    assert printed.count('"detail":"The body is longer than 2097152 bytes; send fewer instances at a time."') == 8
