"""Hostile bytes through the real nginx: the service finds no more and no fewer requests than nginx has sent."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest

from tests.nginx.name_server import name_replicas
from tests.nginx.running_nginx import RunningNginx, run_nginx
from tests.support.conversation import Conversation, converse_to_the_end
from tests.support.hostile_requests import HOSTILE_REQUESTS, SECRET, HostileRequest
from tests.support.relay import Relay, run_relay
from tests.support.running_server import RunningServer, wait_until

every_request = pytest.mark.parametrize("hostile", HOSTILE_REQUESTS, ids=attrgetter("name"))


@pytest.fixture(scope="module")
def relay(server: RunningServer) -> Iterator[Relay]:
    """Run a relay in front of the server with the example model."""
    with run_relay(server.port) as running:
        yield running


@pytest.fixture(scope="module")
def watched_nginx(relay: Relay) -> Iterator[RunningNginx]:
    """Run nginx in front of the relay."""
    with name_replicas("127.0.0.1") as names, run_nginx(names.port, relay.port) as running:
        yield running


def converse(nginx: RunningNginx, hostile: HostileRequest) -> tuple[Conversation, list[dict[str, Any]]]:
    """Return what nginx answers, and the line that it logs for each of the answers."""
    n_before = len(nginx.read_log())
    conversation = converse_to_the_end(nginx.connect, hostile.sent, hostile.n_awaited)
    n_lines = n_before + max(len(conversation.answers), bool(conversation.received))  # one in HTTP/0.9 has no head
    wait_until(lambda: len(nginx.read_log()) >= n_lines, "every answer is logged")
    return conversation, nginx.read_log()[n_before:]


@every_request
def test_the_service_answers_what_nginx_has_asked_and_nothing_else(
    watched_nginx: RunningNginx, relay: Relay, hostile: HostileRequest
) -> None:
    relay.take_answers()
    _, lines = converse(watched_nginx, hostile)
    forwarded = [line["upstream_status"] for line in lines if line["upstream_status"]]
    assert [str(answer.status) for answer in relay.take_answers()] == forwarded


@every_request
def test_answers_in_the_one_shape_and_never_by_5xx(watched_nginx: RunningNginx, hostile: HostileRequest) -> None:
    conversation, _ = converse(watched_nginx, hostile)
    assert conversation.received  # an answer in HTTP/0.9 has no status
    assert not [status for status in conversation.statuses if status >= 500]
    for answer in conversation.answers:
        if answer.status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json["request_id"] == answer.headers["x-request-id"]
    assert SECRET.encode() not in conversation.received
