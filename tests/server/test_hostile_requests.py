"""Hostile bytes at the real server: each is answered as RFC 9112 has it, once, and nothing of it comes back."""

from __future__ import annotations

from operator import attrgetter

import pytest

from tests.support.conversation import converse
from tests.support.hostile_requests import HOSTILE_REQUESTS, SECRET, HostileRequest
from tests.support.raw_http import RawAnswer, send
from tests.support.running_server import RunningServer

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
every_request = pytest.mark.parametrize("hostile", HOSTILE_REQUESTS, ids=attrgetter("name"))


def assert_is_problem(answer: RawAnswer) -> None:
    """Assert that an answer is an error in the one shape, with the headers that every answer carries."""
    problem = answer.json
    assert problem.keys() >= {"type", "title", "status", "detail", "request_id"}
    assert problem["status"] == answer.status
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["x-model-version"] == "example"


@every_request
def test_answers_once_what_is_ambiguous_and_all_that_is_not(server: RunningServer, hostile: HostileRequest) -> None:
    conversation = converse(server.connect, hostile.sent, len(hostile.statuses))
    assert (conversation.statuses, conversation.is_closed) == (hostile.statuses, hostile.is_closed)


@every_request
def test_refuses_by_problems_and_says_whether_the_connection_ends(
    server: RunningServer, hostile: HostileRequest
) -> None:
    conversation = converse(server.connect, hostile.sent, len(hostile.statuses))
    for answer in conversation.answers:
        if answer.status >= 400:
            assert_is_problem(answer)
    ends = [answer.headers["connection"] == "close" for answer in conversation.answers]
    assert ends == [False] * (len(ends) - 1) + [conversation.is_closed]


@every_request
def test_says_nothing_of_what_was_sent_and_loses_no_worker(server: RunningServer, hostile: HostileRequest) -> None:
    workers = server.list_workers()
    conversation = converse(server.connect, hostile.sent, len(hostile.statuses))
    assert SECRET.encode() not in conversation.received
    assert SECRET not in server.read_log()
    assert send(server, HEALTH).status == 200
    assert server.list_workers() == workers


def test_no_two_requests_have_the_same_name() -> None:
    names = [hostile.name for hostile in HOSTILE_REQUESTS]
    assert len(names) == len(set(names))
