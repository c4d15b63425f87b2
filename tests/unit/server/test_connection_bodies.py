"""A connection on which a body still arrives: it is asked for, or answered already and the rest thrown away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.server import connection as module
from app.server.refusal import Refusal
from app.server.states import State
from tests.support.parsing import GET, MAX_BODY_BYTES, build_head
from tests.support.talking import Talk

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HEAD = build_head(b"Content-Length: 50")
TOO_LONG = build_head(b"Content-Length: 1000")
TOO_LONG_CHUNK = build_head(b"Transfer-Encoding: chunked") + b"3e8\r\n"


@pytest.fixture
def talk() -> Iterator[Talk]:
    """Return a client and its connection, which is open."""
    talk = Talk()
    yield talk
    talk.close()


@pytest.fixture
def early(talk: Talk) -> Talk:
    """Return a client whose request has been answered before its body of 50 bytes, of which 20 have come."""
    talk.exchange.early_answer = b"early"
    talk.send(HEAD + b"x" * 20)
    talk.expire()
    assert talk.read() == b"early"
    return talk


def test_the_rest_of_a_body_is_thrown_away(early: Talk) -> None:
    assert (early.state, early.connection.n_buffered_bytes) == (State.DISCARDING, 0)
    early.send(b"x" * 29)
    assert (early.state, early.connection.n_buffered_bytes) == (State.DISCARDING, 0)
    early.send(b"x")
    assert (early.state, early.targets) == (State.IDLE, [])


@pytest.mark.parametrize("pieces", [[b"x" * 30 + GET], [b"x" * 30, GET], [b"x" * 30 + GET[:9], GET[9:]]])
def test_the_connection_goes_on_with_the_next_request(early: Talk, pieces: list[bytes]) -> None:
    for piece in pieces:
        early.send(piece)
    assert (early.state, early.targets) == (State.WAITING, [b"/"])
    early.answer(b"next")
    assert (early.read(), early.state) == (b"next", State.IDLE)


def test_the_next_request_may_be_answered_early_as_well(early: Talk) -> None:
    early.send(b"x" * 30 + HEAD)
    early.send(b"x" * 50 + GET)
    assert early.read() == b"early"
    assert (len(early.exchange.asked_early), early.targets) == (2, [b"/"])


def test_a_request_before_what_is_none_is_answered_first(early: Talk) -> None:
    early.exchange.answer = b"next;"
    early.send(b"x" * 30 + GET + b"\x16\x03\x01")
    assert (early.read(), early.targets) == (b"next;400", [b"/"])


def test_a_client_that_sends_no_more_is_let_go(early: Talk) -> None:
    early.end()
    assert (early.state, early.targets, early.has_ended()) == (State.CLOSED, [], True)


def test_a_client_that_sends_too_much_is_cut_off(early: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DRAINED_BYTES", 20)
    early.send(b"x" * 20)
    assert not early.exchange.forgotten
    early.send(b"x")
    assert early.state is State.CLOSED


def test_what_is_thrown_away_of_one_body_does_not_count_for_the_next(
    early: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_DRAINED_BYTES", 40)
    for _ in range(5):
        early.send(b"x" * 20)
        early.send(b"x" * 10)
        early.send(HEAD + b"x" * 20)
        early.expire()
    assert early.state is State.DISCARDING


def test_an_answer_is_kept_back_until_the_body_has_come(talk: Talk) -> None:
    talk.exchange.early_answer = b"early"
    for piece in (HEAD, b"x" * 49):
        talk.send(piece)
        assert (talk.read(), talk.connection.n_buffered_bytes) == (b"", 0)
    talk.send(b"x")
    assert (talk.read(), talk.targets, talk.state) == (b"early", [], State.IDLE)


@pytest.mark.parametrize("pieces", [[GET], [GET[:9], GET[9:]]])
def test_the_connection_goes_on_after_an_answer_that_was_kept_back(talk: Talk, pieces: list[bytes]) -> None:
    talk.exchange.early_answer, talk.exchange.answer = b"early;", b"next"
    talk.send(HEAD + b"x")
    talk.send(b"x" * 49 + pieces[0])
    for piece in pieces[1:]:
        talk.send(piece)
    assert (talk.read(), talk.targets, talk.state) == (b"early;next", [b"/"], State.IDLE)


def test_a_request_before_what_is_none_is_answered_after_an_answer_that_was_kept_back(talk: Talk) -> None:
    talk.exchange.early_answer, talk.exchange.answer = b"early;", b"next;"
    talk.send(HEAD)
    talk.send(b"x" * 50 + GET + b"\x16\x03\x01")
    assert (talk.read(), talk.targets) == (b"early;next;400", [b"/"])


def test_an_answer_that_was_kept_back_is_sent_where_no_more_of_the_body_comes(talk: Talk) -> None:
    talk.exchange.early_answer = b"early"
    talk.send(HEAD + b"x")
    talk.end()
    assert (talk.read(), talk.has_ended(), talk.state) == (b"early", True, State.CLOSED)


@pytest.mark.parametrize("refusal_bytes", [0, 5_000_000])
def test_an_answer_that_was_kept_back_is_dropped_where_its_request_is_refused(talk: Talk, refusal_bytes: int) -> None:
    talk.exchange.early_answer, talk.exchange.refusal_bytes = b"early", refusal_bytes
    talk.send(HEAD + b"x")
    talk.connection.refuse(Refusal(503, "There is no room."))
    talk.turn()
    talk.client.send(b"x" * 49)
    assert talk.read() == b"503" + b" " * refusal_bytes
    talk.expire()
    assert (talk.read(), talk.has_ended(), talk.state) == (b"", True, State.CLOSED)


@pytest.mark.parametrize("refusal_bytes", [0, 5_000_000])
def test_a_client_that_takes_neither_answer_is_let_go(talk: Talk, refusal_bytes: int) -> None:
    talk.exchange.early_answer, talk.exchange.refusal_bytes = b"early", refusal_bytes
    talk.send(HEAD + b"x")
    talk.connection.refuse(Refusal(503, "There is no room."))
    talk.expire()
    assert (talk.state, b"early" in talk.read()) == (State.CLOSED, False)


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_body_that_cannot_be_read_to_its_end_ends_the_connection(talk: Talk, is_answered: bool) -> None:
    talk.exchange.early_answer = b"early"
    talk.send(build_head(b"Transfer-Encoding: chunked") + b"1\r\na\r\n")
    if is_answered:
        talk.expire()
    talk.send(b"no chunk\r\n" + GET)
    assert (talk.read(), talk.has_ended(), talk.targets) == (b"early", True, [])


def test_an_early_answer_may_be_the_last(talk: Talk) -> None:
    talk.exchange.early_answer, talk.exchange.keeps_on = b"early", False
    talk.send(HEAD + b"x")
    talk.send(b"x" * 49 + GET)
    assert (talk.read(), talk.has_ended(), talk.targets) == (b"early", True, [])


def test_the_rest_of_a_body_that_is_too_long_is_thrown_away(talk: Talk) -> None:
    talk.exchange.answer = b"too long;"
    talk.send(TOO_LONG + b"x" * (MAX_BODY_BYTES + 1))
    assert (talk.read(), talk.state) == (b"too long;", State.DISCARDING)
    talk.send(b"x" * (1000 - MAX_BODY_BYTES - 1) + GET)
    assert (talk.read(), talk.targets) == (b"too long;", [b"/predict", b"/"])


@pytest.mark.parametrize("n_bytes_more", [100, 1000 - MAX_BODY_BYTES - 1])
def test_a_body_that_is_too_long_is_answered_once_whatever_comes_while_it_waits(talk: Talk, n_bytes_more: int) -> None:
    talk.send(TOO_LONG + b"x" * (MAX_BODY_BYTES + 1))
    talk.send(b"x" * n_bytes_more)
    talk.answer(b"too long;")
    talk.send(b"x" * (1000 - MAX_BODY_BYTES - 1 - n_bytes_more) + GET)
    assert talk.targets == [b"/predict", b"/"]
    talk.answer(b"next;")
    assert (talk.read(), talk.state) == (b"too long;next;", State.IDLE)


def test_a_body_that_is_too_long_and_then_broken_is_answered_once(talk: Talk) -> None:
    talk.send(TOO_LONG_CHUNK + b"x" * 1000 + b"\r\n")
    talk.send(b"no chunk\r\n")
    talk.answer(b"too long;")
    assert (talk.targets, talk.read()) == ([b"/predict"], b"too long;")
    assert talk.state in (State.LINGERING, State.CLOSED)


@pytest.mark.parametrize("ends_first", [True, False])
def test_a_client_that_sends_no_more_of_a_body_that_is_too_long_is_answered_and_let_go(
    talk: Talk, ends_first: bool
) -> None:
    talk.send(TOO_LONG + b"x" * (MAX_BODY_BYTES + 1))
    if ends_first:
        talk.end()
    talk.answer(b"too long;")
    if not ends_first:
        talk.end()
    assert (talk.read(), talk.has_ended(), talk.state) == (b"too long;", True, State.CLOSED)


def test_a_client_is_asked_for_the_body_it_waits_with(talk: Talk) -> None:
    talk.send(build_head(b"Content-Length: 5", b"Expect: 100-continue"))
    assert (talk.read(), talk.state) == (CONTINUE, State.BODY)
    talk.send(b"abcde")
    talk.answer(b"answer")
    assert talk.read() == b"answer"


@pytest.mark.parametrize(
    ("line", "sent"), [(b"POST / HTTP/1.1", b"a"), (b"POST / HTTP/1.1", b"abcde"), (b"POST / HTTP/1.0", b"")]
)
def test_a_client_that_sends_its_body_anyway_or_is_old_is_not_asked(talk: Talk, line: bytes, sent: bytes) -> None:
    talk.send(build_head(b"Content-Length: 5", b"Expect: 100-continue", line=line) + sent)
    assert talk.read() == b""


def test_a_client_is_not_asked_for_a_body_that_nobody_wants(talk: Talk) -> None:
    talk.exchange.early_answer, talk.exchange.keeps_on = b"unwanted", False
    talk.send(build_head(b"Content-Length: 5", b"Expect: 100-continue"))
    assert (talk.read(), talk.has_ended(), talk.targets) == (b"unwanted", True, [])


def test_a_request_awaits_its_body_until_all_of_it_has_come(talk: Talk) -> None:
    talk.send(HEAD + b"x" * 49)
    (request,) = talk.exchange.asked_early
    assert talk.connection.awaits_body_of(request)
    talk.send(b"x" + HEAD)  # of the next one, which is not this one
    assert not talk.connection.awaits_body_of(request)
    talk.answer(b"answered")
    assert talk.state is State.BODY
    assert not talk.connection.awaits_body_of(request)


def test_a_request_that_is_cut_short_awaits_no_body(talk: Talk) -> None:
    talk.send(HEAD)
    (request,) = talk.exchange.asked_early
    talk.end()
    assert not talk.connection.awaits_body_of(request)
