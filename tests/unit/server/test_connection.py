"""A connection, over real sockets: requests are submitted one after the other, and answers reach the client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.logs.lines import JsonFormatter
from app.server.connection import Connection
from app.server.refusal import Refusal
from app.server.request import HttpRequest
from app.server.states import State
from tests.support.parsing import GET, MAX_BODY_BYTES, build_head
from tests.support.talking import CLIENT_ADDRESS, SERVER_ADDRESS, Talk

HEAD_OF_POST = build_head(b"Content-Length: 5")
LAST = build_head(b"Connection: close", b"Content-Length: 0")
LARGE = b"x" * 5_000_000


def get(path: bytes) -> bytes:
    """Return a request for `path`."""
    return build_head(line=b"GET " + path + b" HTTP/1.1")


@pytest.fixture
def talk() -> Iterator[Talk]:
    """Return a client and its connection, which is open."""
    talk = Talk()
    yield talk
    talk.close()


def test_a_connection_knows_its_addresses_and_waits_for_a_request(talk: Talk) -> None:
    assert (talk.connection.client_address, talk.connection.server_address) == (CLIENT_ADDRESS, SERVER_ADDRESS)
    assert talk.state is State.IDLE


def test_one_request_after_the_other_is_answered(talk: Talk) -> None:
    for path in (b"/1", b"/2", b"/3"):
        talk.send(get(path))
        assert (talk.targets[-1], talk.state) == (path, State.WAITING)
        talk.answer(b"answer to " + path)
        assert (talk.read(), talk.state) == (b"answer to " + path, State.IDLE)


def test_a_request_may_come_in_pieces(talk: Talk) -> None:
    states = []
    for piece in (b"POST / HT", b"TP/1.1\r\nHost: house\r\n", b"Content-Length: 2\r\n\r\n", b"a", b"b"):
        talk.send(piece)
        states.append(talk.state)
    assert states == [State.HEAD, State.HEAD, State.BODY, State.BODY, State.WAITING]
    assert [request.body for request in talk.exchange.submitted] == [b"ab"]


def test_pipelined_requests_are_answered_in_their_order(talk: Talk) -> None:
    talk.send(get(b"/1") + HEAD_OF_POST + b"abcde" + get(b"/3"))
    for n_submitted in (1, 2, 3):
        assert len(talk.targets) == n_submitted
        talk.answer(b"%d;" % n_submitted)
    assert (talk.read(), talk.targets) == (b"1;2;3;", [b"/1", b"/predict", b"/3"])
    assert talk.state is State.IDLE


def test_requests_that_come_while_one_is_answered_wait(talk: Talk) -> None:
    talk.send(get(b"/1"))
    talk.send(get(b"/2")[:10])
    talk.send(get(b"/2")[10:])
    assert talk.targets == [b"/1"]
    talk.answer(b"1;")
    assert talk.targets == [b"/1", b"/2"]


def test_no_more_than_a_piece_is_read_while_one_is_answered(talk: Talk) -> None:
    talk.send(get(b"/1"))
    for _ in range(10):
        talk.send(GET * 200)
    assert talk.exchange.n_received_bytes < 10 * 200 * len(GET)
    talk.exchange.answer = b"."
    talk.answer(b".")
    assert talk.read() == b"." * 2001


@pytest.mark.parametrize("n_requests", [2000])
def test_any_number_of_pipelined_requests_is_answered_at_once(talk: Talk, n_requests: int) -> None:
    talk.exchange.answer = b"."
    talk.send(GET * n_requests)
    assert (talk.read(), talk.state) == (b"." * n_requests, State.IDLE)


def test_what_is_no_request_is_refused_after_those_before_it(talk: Talk) -> None:
    talk.send(GET + b"\x16\x03\x01" * 10)
    assert talk.exchange.refused == []
    talk.answer(b"1;")
    assert (talk.read(), len(talk.exchange.refused), talk.state) == (b"1;400", 1, State.LINGERING)


@pytest.mark.timeout(5)  # or it would have no end
@pytest.mark.parametrize("pieces", [[LAST, GET], [LAST, b"garbage", GET], [LAST, HEAD_OF_POST], [LAST + GET]])
def test_nothing_is_submitted_behind_the_last_request(talk: Talk, pieces: list[bytes]) -> None:
    for piece in pieces:
        talk.send(piece)
    talk.answer(b"answer", keeps_on=False)
    assert (talk.read(), talk.has_ended()) == (b"answer", True)
    assert (len(talk.targets), talk.exchange.refused) == (1, [])


@pytest.mark.parametrize("requests", [[b"/1"], [b"/1", b"/2"], [b"/1", b"/2", b"/3"]])
def test_a_client_that_sends_no_more_is_answered(talk: Talk, requests: list[bytes]) -> None:
    talk.send(b"".join(get(path) for path in requests))
    talk.end()
    for path in requests:
        talk.answer(path + b";")
    assert (talk.read(), talk.targets) == (b"".join(path + b";" for path in requests), requests)
    assert (talk.has_ended(), talk.state, talk.exchange.forgotten) == (True, State.CLOSED, [talk.connection])


@pytest.mark.parametrize("beginning", [b"", b"GET / HT", GET[:-2]])
def test_a_client_that_sends_no_whole_head_is_not_answered(talk: Talk, beginning: bytes) -> None:
    talk.client.send(beginning)
    talk.end()
    assert (talk.state, talk.targets, talk.exchange.refused) == (State.CLOSED, [], [])


def test_a_body_that_ends_too_soon_is_submitted_as_it_is(talk: Talk) -> None:
    talk.send(HEAD_OF_POST + b"abc")
    talk.end()
    (request,) = talk.exchange.submitted
    assert (request.body, request.is_complete, request.keeps_connection) == (b"abc", False, False)
    talk.answer(b"too short", keeps_on=request.keeps_connection)
    assert (talk.read(), talk.state) == (b"too short", State.CLOSED)


def test_half_a_request_behind_one_is_let_go_where_no_more_comes(talk: Talk) -> None:
    talk.send(get(b"/1") + get(b"/2")[:10])
    talk.end()
    talk.answer(b"1;")
    assert (talk.read(), talk.targets, talk.state) == (b"1;", [b"/1"], State.CLOSED)


def test_a_chunk_that_is_none_has_its_request_submitted_as_broken(talk: Talk) -> None:
    talk.send(build_head(b"Transfer-Encoding: chunked") + b"2\r\nab\r\nx\r\n")
    (request,) = talk.exchange.submitted
    assert (request.is_broken, request.keeps_connection) == (True, False)
    talk.answer(b"broken", keeps_on=request.keeps_connection)
    assert (talk.read(), talk.state) == (b"broken", State.LINGERING)


def test_large_answers_are_taken_at_the_pace_of_the_client(talk: Talk) -> None:
    talk.send(GET + GET)
    talk.answer(LARGE)
    assert (talk.state, len(talk.targets)) == (State.ANSWERING, 1)
    assert 0 < talk.connection.n_buffered_bytes < len(LARGE)
    assert talk.read() == LARGE
    assert (talk.state, len(talk.targets), talk.connection.n_buffered_bytes) == (State.WAITING, 2, 0)


def test_it_is_known_how_much_of_a_request_is_kept(talk: Talk) -> None:
    kept = []
    for piece in (HEAD_OF_POST, b"abc", b"de"):
        talk.send(piece)
        kept.append(talk.connection.n_buffered_bytes)
    talk.answer(b"answer")
    assert [*kept, talk.connection.n_buffered_bytes] == [0, 3, 5, 0]


def test_a_client_that_is_gone_while_it_is_to_be_answered_is_let_go(talk: Talk) -> None:
    talk.send(GET)
    talk.client.close()
    talk.turn()
    talk.answer(b"answer")
    assert (talk.state, talk.exchange.forgotten) == (State.CLOSED, [talk.connection])


def test_nothing_is_submitted_for_a_client_that_is_gone_when_it_is_refused(talk: Talk) -> None:
    talk.send(HEAD_OF_POST + b"abc")
    talk.exchange.evicts_bodies = True
    talk.client.send(b"de" + GET)
    talk.client.close()
    talk.turn()
    assert (talk.state, talk.targets) == (State.CLOSED, [])


def test_an_answer_to_a_connection_that_is_closed_is_dropped(talk: Talk) -> None:
    talk.send(GET)
    talk.connection.close()
    talk.connection.close()
    talk.answer(b"answer")
    assert (talk.state, talk.exchange.forgotten, talk.has_ended()) == (State.CLOSED, [talk.connection], True)


def test_a_request_that_still_arrives_can_be_refused(talk: Talk) -> None:
    talk.send(HEAD_OF_POST + b"abc")
    talk.connection.refuse(Refusal(503, "There is no room."))
    assert (talk.exchange.refused, talk.read(), talk.state) == ([503], b"503", State.LINGERING)
    talk.send(b"de" + GET)
    assert (talk.targets, talk.connection.n_buffered_bytes) == ([], 0)


@pytest.mark.parametrize("refusal_bytes", [0, len(LARGE)])
def test_a_request_that_is_refused_as_more_of_it_arrives_is_answered_once(talk: Talk, refusal_bytes: int) -> None:
    talk.exchange.answer, talk.exchange.refusal_bytes = b"answer", refusal_bytes
    talk.send(HEAD_OF_POST + b"abc")
    talk.exchange.evicts_bodies = True
    talk.send(b"de" + GET)
    assert talk.read() == b"503" + b" " * refusal_bytes
    assert (talk.targets, talk.has_ended()) == ([], True)


def test_a_body_of_one_byte_too_many_is_submitted_at_once(talk: Talk) -> None:
    talk.send(build_head(b"Content-Length: 1000") + b"x" * (MAX_BODY_BYTES + 1))
    (request,) = talk.exchange.submitted
    assert (request.is_overlong, request.is_complete, request.keeps_connection) == (True, False, True)


def test_a_defect_costs_no_more_than_its_connection(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    def fail(connection: Connection, request: HttpRequest) -> None:
        raise RuntimeError("hunter" + "2")  # not as it would stand in the stack trace anyway

    talk.exchange.submit = fail  # type: ignore[method-assign]
    talk.send(GET)
    assert (talk.state, talk.has_ended()) == (State.CLOSED, True)
    assert talk.exchange.forgotten == [talk.connection]
    (record,) = caplog.records
    assert (record.getMessage(), record.exc_info is not None) == ("A connection is closed by a defect.", True)
    assert "hunter2" not in JsonFormatter().format(record)
