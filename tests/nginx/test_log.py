"""The log of nginx: one line of JSON for each request, on standard output."""

from __future__ import annotations

import re
import signal

import pytest

from tests.nginx.name_server import name_replicas
from tests.nginx.replicas import answer, break_off, fall_silent, refuse, run_replicas
from tests.nginx.running_nginx import RunningNginx, run_nginx
from tests.support.raw_http import post
from tests.support.running_server import RunningServer, find_free_port, wait_until


def get(path: str, request_id: str) -> bytes:
    """Return a request that is found in the log by its id."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Request-ID: {request_id}\r\n\r\n".encode("latin-1")


def test_says_who_asked_what_and_who_answered(nginx: RunningNginx, server: RunningServer, body: bytes) -> None:
    nginx.send(post("/predict?digits=6", body, X_Request_ID="logged"))
    line = nginx.wait_for_line("logged")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", line.pop("time"))
    assert 0 <= line.pop("duration_seconds") < 60
    assert line == {
        "level": "info",
        "logger": "nginx.access",
        "request_id": "logged",
        "method": "POST",
        "path": "/predict",
        "status": 200,
        "upstream": f"127.0.0.1:{server.port}",
        "upstream_status": "200",
        "client": "127.0.0.1",
    }


@pytest.mark.parametrize(
    ("path", "logged"), [("/a", "/a"), ('/a"\\b%20?c', '/a"\\b%20'), ("/\xfc?c", "none"), ("/?", "/")]
)
def test_a_line_is_json_whatever_is_asked(nginx: RunningNginx, path: str, logged: str) -> None:
    request_id = f"path-{logged.encode().hex()}"
    nginx.send(get(path, request_id))
    assert nginx.wait_for_line(request_id)["path"] == logged


def test_says_how_an_error_of_its_own_was_asked_for(nginx: RunningNginx) -> None:
    nginx.send(post("/metrics?x", b"{}", X_Request_ID="refused"))
    line = nginx.wait_for_line("refused")
    assert (line["method"], line["path"], line["status"], line["upstream"]) == ("POST", "/metrics", 404, "")


def test_logs_what_is_no_request(nginx: RunningNginx) -> None:
    request_id = nginx.send(b"nonsense\r\n\r\n").headers["x-request-id"]
    line = nginx.wait_for_line(request_id)
    assert (line["method"], line["path"], line["status"]) == ("none", "none", 400)


def test_logs_no_health_check_that_is_answered_well(nginx: RunningNginx) -> None:
    for path in ("/health", "/ready", "/ready/", "/health?x"):
        assert nginx.send(get(path, "a-probe")).status == 200
    nginx.send(get("/model", "after-the-probes"))
    nginx.wait_for_line("after-the-probes")
    assert [line for line in nginx.read_log() if line["request_id"] == "a-probe"] == []


def test_logs_a_health_check_that_is_not() -> None:
    with run_replicas(refuse) as (replica,), name_replicas(replica.address) as names:
        with run_nginx(names.port, replica.server_port) as nginx:
            nginx.send(get("/ready", "a-probe"))
            line = nginx.wait_for_line("a-probe")
    assert (line["status"], line["level"], line["path"]) == (503, "error", "/ready")


def test_names_all_replicas_that_were_asked() -> None:
    with run_replicas(break_off, answer) as replicas, name_replicas("127.0.0.2", "127.0.0.3") as names:
        port = replicas[0].server_port
        with run_nginx(names.port, port) as nginx:
            for number in range(40):
                nginx.send(get("/", str(number)))
            seen = {
                (line["upstream"], line["upstream_status"]) for line in map(nginx.wait_for_line, map(str, range(40)))
            }
    assert seen == {(f"127.0.0.3:{port}", "200"), (f"127.0.0.2:{port}, 127.0.0.3:{port}", "502, 200")}


def test_says_that_there_was_nobody_to_ask() -> None:
    with name_replicas() as names, run_nginx(names.port, find_free_port()) as nginx:
        nginx.send(post("/predict", b"{}", X_Request_ID="lost"))
        line = nginx.wait_for_line("lost")
        errors = (nginx.configuration.folder / "stderr").read_text()
    assert (line["status"], line["upstream"], line["upstream_status"]) == (503, "", "")
    assert "ml-service could not be resolved" in errors


def test_a_line_is_json_of_a_request_that_the_end_of_nginx_cuts_off() -> None:
    with run_replicas(fall_silent) as (replica,), name_replicas(replica.address) as names:
        with run_nginx(names.port, replica.server_port, hasty=True) as nginx, nginx.connect() as client:
            client.sendall(get("/", "cut-off"))
            wait_until(lambda: len(replica.asked) == 1, "the replica is asked")
            nginx.process.send_signal(signal.SIGQUIT)
            assert nginx.wait_for_line("cut-off")["status"] == 0
