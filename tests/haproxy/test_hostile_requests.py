"""Hostile bytes through the real HAProxy, whose connections to the service all clients share."""

from __future__ import annotations

from itertools import count
from operator import attrgetter

import pytest

from tests.haproxy.running_haproxy import RunningHaproxy
from tests.support.conversation import converse_to_the_end
from tests.support.hostile_requests import BEHIND, HOSTILE_REQUESTS, SECRET, HostileRequest
from tests.support.raw_http import RawAnswer
from tests.support.relay import Relay

every_request = pytest.mark.parametrize("hostile", HOSTILE_REQUESTS, ids=attrgetter("name"))
_numbers = count()


def name_next() -> str:
    """Return a name that no request has had before."""
    return f"next-{next(_numbers)}"


def ask_next(haproxy: RunningHaproxy, name: str) -> list[RawAnswer]:
    """Return what another client is answered, who asks for what nobody has."""
    request = f"GET /{name} HTTP/1.1\r\nHost: x\r\nX-Request-ID: {name}\r\nConnection: close\r\n\r\n"
    return converse_to_the_end(haproxy.connect, request.encode()).answers


@every_request
def test_the_service_answers_what_haproxy_has_asked_and_nothing_else(
    haproxy: RunningHaproxy, relay: Relay, hostile: HostileRequest
) -> None:
    ask_next(haproxy, before := name_next())
    haproxy.read_log_to(f"/{before}")
    relay.take_answers()
    converse_to_the_end(haproxy.connect, hostile.sent, hostile.n_awaited)
    ask_next(haproxy, name := name_next())
    forwarded = [line for line in haproxy.read_log_to(f"/{name}") if line.is_forwarded]
    # Their order is that of connections. HAProxy has no status for an answer that its client did not wait for.
    assert len(relay.take_answers()) == len(forwarded)


@every_request
def test_the_next_client_is_answered_what_it_has_asked(haproxy: RunningHaproxy, hostile: HostileRequest) -> None:
    # With nothing behind it that would take the blow.
    converse_to_the_end(haproxy.connect, hostile.sent.removesuffix(BEHIND), hostile.n_awaited)
    for name in (name_next(), name_next()):
        answers = ask_next(haproxy, name)
        assert [(answer.status, answer.headers["x-request-id"]) for answer in answers] == [(404, name)]


@every_request
def test_the_service_answers_never_by_5xx_and_says_nothing_of_what_was_sent(
    haproxy: RunningHaproxy, relay: Relay, hostile: HostileRequest
) -> None:
    relay.take_answers()
    converse_to_the_end(haproxy.connect, hostile.sent, hostile.n_awaited)
    for answer in relay.take_answers():
        assert answer.status < 500
        assert SECRET.encode() not in answer.body
