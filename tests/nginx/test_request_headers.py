"""What the service is told of a request, and what a caller cannot tell it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from email.message import Message

import pytest

from tests.nginx.name_server import name_replicas
from tests.nginx.replicas import answer, run_replicas
from tests.nginx.running_nginx import run_nginx

Hear = Callable[..., "Message[str, str]"]


@pytest.fixture(scope="module")
def hear() -> Iterator[Hear]:
    """Return what sends a request and returns the header of what the service is asked."""
    with run_replicas(answer) as (replica,), name_replicas(replica.address) as names:
        with run_nginx(names.port, replica.server_port) as nginx:

            def send(*lines: str, first: str = "GET / HTTP/1.1") -> Message[str, str]:
                request = "".join(f"{line}\r\n" for line in (first, *lines, ""))
                assert nginx.send(request.encode("latin-1")).body.decode() == f"{replica.address} HTTP/1.1"
                return replica.asked[-1]

            yield send


@pytest.mark.parametrize("request_id", ["a", "A-1_b.c", "x" * 128])
def test_hands_the_callers_request_id_on(hear: Hear, request_id: str) -> None:
    assert hear("Host: x", f"X-Request-ID: {request_id}").get_all("X-Request-ID") == [request_id]


@pytest.mark.parametrize("request_id", ["", "a b", "x" * 129, "\xfc", "a/b", "a\tb"])
def test_makes_a_request_id_where_the_callers_is_no_good(hear: Hear, request_id: str) -> None:
    assert re.fullmatch("[0-9a-f]{32}", hear("Host: x", f"X-Request-ID: {request_id}")["X-Request-ID"])


def test_says_when_the_request_began_whatever_the_caller_says(hear: Hear) -> None:
    before = time.time()
    starts = hear("Host: x", "X-Request-Start: t=1.000").get_all("X-Request-Start", [])
    assert len(starts) == 1
    assert re.fullmatch(r"t=\d+\.\d{3}", starts[0])
    # nginx looks at the clock once for all that it does at a time, and at milliseconds.
    assert before - 0.5 <= float(starts[0].removeprefix("t=")) <= time.time()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Host", "x:8080"),
        ("Host", "x:8080"),
    ],
)
def test_says_who_asks_and_how_whatever_the_caller_says(hear: Hear, name: str, value: str) -> None:
    claims = ["X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: y"]
    assert hear("Host: x:8080", *claims).get_all(name) == [value]


@pytest.mark.parametrize(
    "name", ["Forwarded", "X-Forwarded-Protocol", "X-Forwarded-Ssl", "Proxy", "SCRIPT_NAME", "A_B"]
)
def test_hands_no_header_on_that_only_a_proxy_may_set(hear: Hear, name: str) -> None:
    assert name not in hear("Host: x", f"{name}: on")


@pytest.mark.parametrize("name", ["Connection", "Keep-Alive", "TE", "Upgrade", "Transfer-Encoding"])
def test_hands_no_header_on_that_is_of_the_connection(hear: Hear, name: str) -> None:
    heard = hear("Host: x", "Connection: keep-alive, TE, Upgrade", "Keep-Alive: 5", "TE: trailers", "Upgrade: h2c")
    assert heard.get(name) in (None, "close")


@pytest.mark.parametrize("name", ["traceparent", "tracestate", "Authorization", "Content-Type", "Accept", "User-Agent"])
def test_hands_all_else_on(hear: Hear, name: str) -> None:
    assert hear("Host: x", f"{name}: a-b;c=d").get_all(name) == ["a-b;c=d"]


def test_names_a_host_where_the_caller_of_http_1_0_names_none(hear: Hear) -> None:
    assert hear(first="GET / HTTP/1.0")["Host"] == "ml-service"
