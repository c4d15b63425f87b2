"""How long a connection waits for its client, step by step; and how it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.server import connection as module
from app.server.connection import EARLY_SECONDS, LINGER_SECONDS
from app.server.states import State
from tests.support.parsing import GET, build_head
from tests.support.talking import PATIENCE, Clock, Talk

START = 1000.0
HEAD_OF_POST = build_head(b"Content-Length: 5")
LARGE = b"x" * 5_000_000


@pytest.fixture
def talk(clock: Clock) -> Iterator[Talk]:
    """Return a client and its connection, which has been opened at the start."""
    talk = Talk()
    yield talk
    talk.close()


def test_an_idle_client_is_let_go(talk: Talk) -> None:
    assert talk.connection.deadline == START + PATIENCE.idle
    talk.expire()
    assert (talk.state, talk.read(), talk.has_ended()) == (State.CLOSED, b"", True)


def test_a_client_is_idle_again_after_an_answer(talk: Talk, clock: Clock) -> None:
    talk.send(GET)
    clock.now += 500
    talk.answer(b"answer")
    assert (talk.state, talk.connection.deadline) == (State.IDLE, clock.now + PATIENCE.idle)


def test_blank_lines_do_not_make_a_client_busy(talk: Talk, clock: Clock) -> None:
    clock.now += 5
    talk.send(b"\r\n")
    assert (talk.state, talk.connection.deadline) == (State.IDLE, START + PATIENCE.idle)


def test_a_head_that_does_not_come_in_time_is_refused(talk: Talk, clock: Clock) -> None:
    clock.now += 5
    for piece in (b"GET ", b"/ HTTP/1.1\r\n", b"X: y"):
        talk.send(piece)
        clock.now += 2
    assert talk.connection.deadline == START + 5 + PATIENCE.head
    talk.expire()
    assert (talk.exchange.refused, talk.read(), talk.state) == ([408], b"408", State.LINGERING)


def test_a_body_that_does_not_come_in_time_is_submitted_as_it_is(talk: Talk, clock: Clock) -> None:
    for piece in (HEAD_OF_POST, b"a", b"b"):
        talk.send(piece)
        clock.now += 2
    assert talk.connection.deadline == START + PATIENCE.body
    talk.expire()
    (request,) = talk.exchange.submitted
    assert (request.body, request.is_complete, request.keeps_connection) == (b"ab", False, False)
    assert request.completed_at == clock.now


def test_an_answer_that_is_owed_has_no_deadline(talk: Talk) -> None:
    talk.send(GET)
    talk.connection.check_deadline(talk.connection.deadline + 10_000)
    assert talk.state is State.WAITING


def test_a_client_that_takes_no_answer_is_let_go(talk: Talk, clock: Clock) -> None:
    talk.send(GET)
    clock.now += 100
    talk.answer(LARGE)
    assert (talk.state, talk.connection.deadline) == (State.ANSWERING, clock.now + PATIENCE.body)
    talk.expire()
    assert (talk.state, talk.connection.n_buffered_bytes) == (State.CLOSED, 0)


def test_an_answer_that_needs_no_body_is_kept_back_for_a_moment(talk: Talk, clock: Clock) -> None:
    talk.exchange.early_answer = b"early"
    clock.now += 2
    talk.send(HEAD_OF_POST)
    assert (talk.read(), talk.connection.deadline) == (b"", clock.now + EARLY_SECONDS)
    talk.expire()
    assert (talk.read(), talk.connection.deadline) == (b"early", clock.now + PATIENCE.body)


def test_the_rest_of_a_body_that_has_been_answered_has_a_deadline_as_a_whole(talk: Talk, clock: Clock) -> None:
    talk.exchange.early_answer = b"early"
    talk.send(HEAD_OF_POST)
    talk.expire()
    clock.now += 2
    talk.send(b"a")
    assert (talk.read(), talk.connection.deadline) == (b"early", START + PATIENCE.body)
    talk.expire()
    assert talk.state is State.CLOSED


@pytest.mark.parametrize("beginning", [GET[:10], HEAD_OF_POST])
def test_the_time_for_an_answer_is_not_taken_from_the_next_request(talk: Talk, clock: Clock, beginning: bytes) -> None:
    talk.send(GET + beginning)
    clock.now += 500
    talk.answer(b"answer")
    talk.connection.check_deadline(clock.now)
    assert (talk.exchange.refused, len(talk.targets)) == ([], 1)
    assert talk.connection.deadline > clock.now


def test_the_end_of_the_last_answer_is_told_and_the_client_waited_for(talk: Talk, clock: Clock) -> None:
    talk.send(GET)
    talk.answer(b"answer", keeps_on=False)
    assert (talk.read(), talk.has_ended()) == (b"answer", True)
    assert (talk.state, talk.connection.deadline) == (State.LINGERING, clock.now + LINGER_SECONDS)


def test_a_connection_ends_when_its_client_ends_it_too(talk: Talk) -> None:
    talk.send(GET)
    talk.answer(b"answer", keeps_on=False)
    talk.end()
    assert (talk.state, talk.exchange.forgotten) == (State.CLOSED, [talk.connection])


def test_a_client_that_does_not_end_a_connection_is_let_go(talk: Talk) -> None:
    talk.send(GET)
    talk.answer(b"answer", keeps_on=False)
    talk.expire()
    assert talk.state is State.CLOSED


def test_what_comes_after_the_last_answer_is_thrown_away_and_waited_for(talk: Talk, clock: Clock) -> None:
    talk.send(GET)
    talk.answer(b"answer", keeps_on=False)
    clock.now += 1
    talk.send(GET)
    assert (talk.state, talk.connection.deadline) == (State.LINGERING, clock.now + LINGER_SECONDS)
    assert len(talk.targets) == 1


def test_a_client_that_never_ceases_to_send_is_let_go_in_time(talk: Talk, clock: Clock) -> None:
    talk.send(GET)
    talk.answer(b"answer", keeps_on=False)
    while clock.now < START + PATIENCE.body:
        clock.now += 1
        talk.send(GET)
    assert talk.connection.deadline == START + PATIENCE.body
    talk.expire()
    assert talk.state is State.CLOSED


def test_a_client_that_sends_too_much_after_the_last_answer_is_cut_off(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_DRAINED_BYTES", 2000)
    talk.send(GET)
    talk.answer(b"answer", keeps_on=False)
    talk.send(b"x" * 2000)
    assert not talk.exchange.forgotten
    talk.send(b"x")
    assert talk.state is State.CLOSED


@pytest.mark.parametrize(("deadline", "expected"), [(START + 2, START + 2), (START + 20, START + PATIENCE.idle)])
def test_an_idle_client_can_be_hurried(talk: Talk, deadline: float, expected: float) -> None:
    talk.connection.hurry(deadline)
    assert talk.connection.deadline == expected


def test_a_client_that_sends_a_request_is_not_hurried(talk: Talk) -> None:
    talk.send(GET[:10])
    talk.connection.hurry(START + 2)
    assert talk.connection.deadline == START + PATIENCE.head
