"""HEAD and OPTIONS on every route of the map, in process and over a connection that goes on."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.settings import Settings
from tests.clients.sequence import exchange
from tests.support.running_server import RunningServer

METHODS = {rule.rule: set(rule.methods or ()) for rule in create_app(Settings()).url_map.iter_rules()}
EACH_RULE = pytest.mark.parametrize("rule", sorted(METHODS))
LAST = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


def fill(rule: str) -> str:
    """Return a path that `rule` matches."""
    return rule.replace("<name>", "icon.svg")


@EACH_RULE
def test_head_answers_as_get_without_a_body(client: FlaskClient, rule: str) -> None:
    read, head = client.get(fill(rule)), client.head(fill(rule))
    assert (head.status_code, head.content_type, head.data) == (read.status_code, read.content_type, b"")
    assert head.headers.get("Allow") == read.headers.get("Allow")
    assert int(head.headers["Content-Length"]) > 0


@EACH_RULE
def test_options_lists_the_methods(client: FlaskClient, rule: str) -> None:
    answer = client.options(fill(rule))
    assert (answer.status_code, answer.data) == (200, b"")
    assert set(answer.headers["Allow"].split(", ")) == METHODS[rule]


@EACH_RULE
@pytest.mark.parametrize("ending", ["", "?"])
def test_the_connection_goes_on_after_head_and_options(server: RunningServer, rule: str, ending: str) -> None:
    first = "".join(
        f"{method} {fill(rule)}{ending} HTTP/1.1\r\nHost: x\r\n\r\n" for method in ("HEAD", "OPTIONS", "HEAD")
    )
    with server.connect() as connection:
        head, options, again, health = exchange(connection, first.encode() + LAST, ["HEAD", "OPTIONS", "HEAD", "GET"])
    expected = 200 if "GET" in METHODS[rule] else 405
    assert (head.status, options.status, again.status) == (expected, 200, expected)
    assert set(options.headers["allow"].split(", ")) == METHODS[rule]
    assert int(head.headers["content-length"]) > 0
    assert (health.status, health.json["status"]) == (200, "ok")


@EACH_RULE
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_http_1_0_is_answered_and_closed(server: RunningServer, rule: str, method: str) -> None:
    with server.connect() as connection:
        (answer,) = exchange(connection, f"{method} {fill(rule)} HTTP/1.0\r\n\r\n".encode(), [method])
        assert connection.recv(1) == b""
    assert answer.status == (200 if method in METHODS[rule] else 405)
    assert answer.headers["connection"] == "close"


def test_the_connection_goes_on_after_options_of_everything(server: RunningServer) -> None:
    with server.connect() as connection:
        _, health = exchange(connection, b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n" + LAST, ["OPTIONS", "GET"])
    assert health.status == 200
