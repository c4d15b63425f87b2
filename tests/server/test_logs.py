"""The log of the real server: one line a request, and the same id in the answer."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.raw_http import send
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server, wait_until


def find_lines(server: RunningServer, request_id: str) -> list[dict[str, Any]]:
    """Return the lines of a request, of which there comes at least one."""

    def find() -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in server.read_log().splitlines()]
        return [line for line in lines if line.get("request_id") == request_id]

    wait_until(lambda: bool(find()), f"the line of {request_id}")
    return find()


def test_a_request_leaves_one_line_and_gunicorn_adds_none(server: RunningServer) -> None:
    answer = requests.get(f"{server.url}/model", timeout=DEADLINE_SECONDS)
    (line,) = find_lines(server, answer.headers["X-Request-ID"])
    assert (line["route"], line["status"], line["client"]) == ("/model", 200, "127.0.0.1")
    assert '"logger":"gunicorn.access"' not in server.read_log()


@pytest.mark.parametrize(
    ("request_bytes", "status", "fault"),
    [
        (b"a-secret\r\n\r\n", 400, "NotHttp"),
        (b"GET /health HTTP/1.1\r\nHost: x\r\na-secret\r\n\r\n", 400, "NotHttp"),
        (b"GET /" + b"a-secret" * 1000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "NotHttp"),
    ],
)
def test_what_is_no_request_leaves_one_line_with_the_id_of_its_answer(
    server: RunningServer, request_bytes: bytes, status: int, fault: str
) -> None:
    answer = send(server, request_bytes, half_close=True)
    (line,) = find_lines(server, answer.headers["x-request-id"])
    assert {name: line[name] for name in ("level", "route", "status", "fault", "model_version", "client")} == {
        "level": "info",
        "route": "none",
        "status": status,
        "fault": fault,
        "model_version": "example",
        "client": "127.0.0.1",
    }
    assert 0 < line["duration_ms"] < 60_000
    assert "a-secret" not in json.dumps(line)


def test_every_line_says_the_time_once(server: RunningServer) -> None:
    requests.get(f"{server.url}/model", timeout=DEADLINE_SECONDS)
    lines = server.read_log().splitlines()
    assert [line for line in lines if line.count(json.loads(line)["time"][:10]) != 1] == []


def test_two_traces_at_once_are_none(server: RunningServer) -> None:
    traceparent = b"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
    n_kept = []
    for headers in (traceparent, traceparent * 2):
        answer = send(server, b"GET /model HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n", half_close=True)
        (line,) = find_lines(server, answer.headers["x-request-id"])
        n_kept.append("trace_id" in line)
    assert n_kept == [True, False]


def test_quotes_no_caller_even_at_debug(example_artifact_dir: Path, tmp_path: Path) -> None:
    with run_server(example_artifact_dir, tmp_path, LOG_LEVEL="debug") as server:
        head = b"POST /a-secret?a-secret HTTP/1.1\r\nHost: x\r\nAuthorization: a-secret\r\n"
        for cut_off in (b"GET /a-secret", head):
            with server.connect() as connection:
                connection.sendall(cut_off)
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(1) == b""
        assert send(server, head.replace(b"POST", b"A-SECRET") + b"\r\n", half_close=True).status == 405
        wait_until(lambda: '"route":"none"' in server.read_log(), "the request is logged")
        assert "a-secret" not in server.read_log().lower()
