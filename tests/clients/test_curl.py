"""What curl alone can be told to do: to wait before it sends a body, and to say what it has sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.clients.client import run
from tests.support.running_server import DEADLINE_SECONDS, RunningServer

KIB = 1024
# It waits for so long that a body which nobody asks for is not sent before the test has failed.
EXPECTING = ["--header", "Expect: 100-continue", "--expect100-timeout", str(DEADLINE_SECONDS)]
JSON = ["--header", "Content-Type: application/json"]
SIZE = ["--write-out", "%{stderr}%{http_code} %{size_upload} %{num_connects}\\n"]


def curl(*arguments: str) -> tuple[str, list[str]]:
    """Run curl and return what it has read, and for each answer its status, how much was sent, and new connections."""
    ended = run("curl", "--disable", "--silent", *SIZE, *arguments)
    assert ended.returncode == 0, ended
    return ended.stdout.decode(), ended.stderr.decode().splitlines()


def read_json(*arguments: str) -> tuple[Any, list[str]]:
    """Run curl for one answer, and return its value with the same."""
    body, said = curl(*arguments)
    return json.loads(body), said


@pytest.mark.parametrize("sending", [[], ["--header", "Transfer-Encoding: chunked"]], ids=["whole", "chunked"])
def test_sends_a_long_body_once_it_is_asked_to(
    server: RunningServer, tmp_path: Path, by_position: bytes, sending: list[str]
) -> None:
    body = tmp_path / "body"
    body.write_bytes(by_position.ljust(1536 * KIB))
    answer, said = read_json(*EXPECTING, *JSON, *sending, "--data-binary", f"@{body}", f"{server.url}/predict")
    status, n_sent, _ = said[0].split()
    assert (answer["label"], status) == (0, "200")
    assert int(n_sent) >= 1536 * KIB


@pytest.mark.parametrize(
    ("path", "content_type", "n_bytes", "status"),
    [
        ("/predict", "application/json", 3072 * KIB, 413),
        ("/predict/batch", "application/json", 3072 * KIB, 413),
        ("/predict", "text/csv", KIB, 415),
        ("/predict", "application/x-www-form-urlencoded", KIB, 415),
        ("/nothing", "application/json", KIB, 404),
        ("/health", "application/json", KIB, 405),
    ],
)
def test_sends_nothing_of_a_body_that_is_refused(
    server: RunningServer, tmp_path: Path, path: str, content_type: str, n_bytes: int, status: int
) -> None:
    body = tmp_path / "body"
    body.write_bytes(b" " * n_bytes)
    header = ["--header", f"Content-Type: {content_type}"]
    answer, said = read_json(*EXPECTING, *header, "--data-binary", f"@{body}", f"{server.url}{path}")
    assert answer["status"] == status
    assert said == [f"{status} 0 1"]


def test_http_1_0_is_not_asked_to_go_on(server: RunningServer, tmp_path: Path, by_position: bytes) -> None:
    body = tmp_path / "body"
    body.write_bytes(by_position)
    expecting = ["--header", "Expect: 100-continue", "--expect100-timeout", "0.1"]
    head_and_answer, _ = curl(
        "--http1.0", "--include", *expecting, *JSON, "--data-binary", f"@{body}", f"{server.url}/predict"
    )
    assert head_and_answer.startswith("HTTP/1.0 200 ")


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1"])
def test_reads_the_head_alone(server: RunningServer, version: str) -> None:
    head, _ = curl(version, "--head", f"{server.url}/health", "--next", version, "--silent", f"{server.url}/health")
    assert head.startswith(f"HTTP/{version[-3:]} 200 OK\r\n")
    assert json.loads(head.partition("\r\n\r\n")[2])["status"] == "ok"


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1"])
def test_reads_the_options(server: RunningServer, version: str) -> None:
    head, said = curl(version, "--include", "--request", "OPTIONS", f"{server.url}/predict")
    (allowed,) = re.findall("\r\nAllow: (.+)\r\n", head)
    assert set(allowed.split(", ")) == {"OPTIONS", "POST"}
    assert head.endswith("\r\n\r\n")
    assert said[0].startswith("200 ")


def test_sends_requests_of_all_kinds_on_one_connection(server: RunningServer, by_position: bytes) -> None:
    body = by_position.decode()
    predict = [*JSON, "--data", body, f"{server.url}/predict"]
    wrong = [*JSON, "--data", "{}", f"{server.url}/predict"]
    rest = [f"{server.url}/health"], predict, wrong, predict, ["--head", f"{server.url}/predict"], predict
    following = [word for arguments in rest for word in ("--next", "--silent", *SIZE, *arguments)]
    _, said = curl(f"{server.url}/health", *following)
    statuses_and_connections = [(line.split()[0], line.split()[2]) for line in said]
    assert statuses_and_connections == [
        (status, str(int(place == 0)))
        for place, status in enumerate(["200", "200", "200", "422", "200", "405", "200"])
    ]  # fmt: skip


def test_asks_as_if_the_service_were_a_proxy(server: RunningServer, by_position: bytes) -> None:
    proxied = ["--proxy", server.url]
    health, said = read_json(*proxied, "http://example.org/health")
    assert (health["status"], said[0].split()[0]) == ("ok", "200")
    prediction, said = read_json(*proxied, *JSON, "--data", by_position.decode(), "http://example.org/predict?digits=3")
    assert (prediction["label"], said[0].split()[0]) == (0, "200")


def test_asks_on_one_connection_as_if_the_service_were_a_proxy(server: RunningServer) -> None:
    _, said = curl("--proxy", server.url, "http://example.org/health", "http://example.com:8000/health")
    assert [line.split()[0] + line.split()[2] for line in said] == ["2001", "2000"]
