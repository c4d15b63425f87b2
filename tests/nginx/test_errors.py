"""nginx's own errors have the one shape of the contract, and the words that the service has for them."""

from __future__ import annotations

import re
import socket
import time

import pytest

from app.server.refusal import LONG_HEAD, LONG_LINE, MALFORMED
from app.web.bodies.errors import BodyTooLarge
from app.web.problems import DETAILS
from tests.nginx.name_server import name_replicas
from tests.nginx.problem import assert_is_own_problem
from tests.nginx.replicas import Behaviour, break_off, fall_silent, run_replicas
from tests.nginx.running_nginx import RunningNginx, run_nginx
from tests.support.raw_http import post
from tests.support.running_server import DEADLINE_SECONDS, find_free_port

READY = b"GET /ready HTTP/1.1\r\nHost: x\r\nX-Request-ID: told-by-the-caller\r\n\r\n"
WORDS = {
    **DETAILS,
    400: MALFORMED,
    413: str(BodyTooLarge(2097152)),
    414: LONG_LINE,
    431: LONG_HEAD,
}


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\r\n\r\n", 400),
        (b"GET /health HTTP/9.9\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"X: aaaa\r\n" * 5000 + b"\r\n", 431),
        (b"TRACE /health HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: sideways\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 18 + b"\r\n\r\n", 413),
        (b"GET /problem HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    ],
)
def test_refuses_what_is_not_right_as_the_service_does(nginx: RunningNginx, request_bytes: bytes, status: int) -> None:
    answer = nginx.send(request_bytes)
    assert_is_own_problem(answer, status)
    assert answer.json["detail"] == WORDS[status]


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "//metrics", "/%6detrics?x", "/x/../metrics", "/metrics//"])
def test_the_metrics_are_not_public(nginx: RunningNginx, path: str) -> None:
    assert_is_own_problem(nginx.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()), 404)


def test_says_which_methods_there_are(nginx: RunningNginx) -> None:
    answer = nginx.send(b"TRACE /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize("path", ["/metrics", "/ready"])
def test_does_not_say_of_which_version_it_is(nginx: RunningNginx, path: str) -> None:
    assert nginx.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()).headers["server"] == "nginx"


def test_answers_head_with_no_body(nginx: RunningNginx) -> None:
    with nginx.connect() as connection:
        connection.sendall(b"HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = connection.makefile("rb").read()
    assert received.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert received.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("request_id", [b"a", b"A-1_b.c", b"x" * 128])
def test_an_error_has_the_callers_request_id(nginx: RunningNginx, request_id: bytes) -> None:
    answer = nginx.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Request-ID: %b\r\n\r\n" % request_id)
    assert answer.json["request_id"] == request_id.decode()


@pytest.mark.parametrize("request_id", [b"", b"a b", b"x" * 129, b"\xc3\xbc", b'a"b', b"a\\"])
def test_an_error_has_a_new_request_id_where_the_callers_is_no_good(nginx: RunningNginx, request_id: bytes) -> None:
    answer = nginx.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Request-ID: %b\r\n\r\n" % request_id)
    assert re.fullmatch("[0-9a-f]{32}", answer.json["request_id"])


def test_serves_before_there_is_a_service_and_says_when_to_try_again() -> None:
    with name_replicas() as names, run_nginx(names.port, find_free_port()) as nginx:
        answer = nginx.send(READY)
    assert_is_own_problem(answer, 503)
    assert (answer.headers["retry-after"], answer.headers["x-request-id"]) == ("1", "told-by-the-caller")


def test_does_not_wait_for_a_name_server_that_is_silent() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with run_nginx(silent.getsockname()[1], find_free_port(), hasty=True) as nginx:
            before = time.monotonic()
            assert_is_own_problem(nginx.send(READY), 503)
    assert time.monotonic() - before < DEADLINE_SECONDS / 4


def test_says_when_to_try_again_where_all_replicas_are_gone() -> None:
    with name_replicas("127.0.0.2", "127.0.0.3") as names, run_nginx(names.port, find_free_port()) as nginx:
        answer = nginx.send(post("/predict", b"{}"))
    assert_is_own_problem(answer, 503)
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("behave", [break_off, fall_silent])
def test_says_when_to_try_again_where_no_replica_answers(behave: Behaviour) -> None:
    with run_replicas(behave) as replicas, name_replicas("127.0.0.2") as names:
        with run_nginx(names.port, replicas[0].server_port, hasty=True) as nginx:
            answer = nginx.send(post("/predict", b"{}"))
    assert_is_own_problem(answer, 503)
    assert answer.headers["retry-after"] == "1"
