"""The connections of a worker: who goes when there are too many, or when too much of them is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.server import connections as module
from app.server.board import Board, Place
from app.server.connections import Connections
from app.server.states import State
from tests.support.parsing import GET, build_head
from tests.support.talking import Clock, Talk

MAX_CONNECTIONS = 20
MAX_BUFFERED_BYTES = 100
# So many are closed where there are too many.
ROOM = 16
HEAD_OF_POST = build_head(b"Content-Length: 90")
LARGE = b"x" * 5_000_000


@pytest.fixture
def place() -> Place:
    """Return the place at which the others see how many there are."""
    return Board(1).get_place(0)


@pytest.fixture
def connections(place: Place) -> Connections:
    """Return the connections of a worker, of which there are none."""
    return Connections(MAX_CONNECTIONS, MAX_BUFFERED_BYTES, place)


@pytest.fixture
def talks(connections: Connections, clock: Clock) -> Iterator[list[Talk]]:
    """Return as many clients as there may be, each a second younger than the one before."""
    talks = []
    for _ in range(MAX_CONNECTIONS):
        talks.append(Talk())
        connections.add(talks[-1].connection)
        clock.now += 1
    yield talks
    for talk in talks:
        talk.close()


def sweep(connections: Connections, talks: list[Talk]) -> None:
    """Count those no longer that are closed, as the exchange of a worker does."""
    for talk in talks:
        for connection in talk.exchange.forgotten:
            connections.remove(connection)


def list_closed(talks: list[Talk]) -> list[int]:
    """Return the numbers of the clients whose connections are closed."""
    return [number for number, talk in enumerate(talks) if talk.state is State.CLOSED]


def test_the_others_see_how_many_there_are(connections: Connections, talks: list[Talk], place: Place) -> None:
    assert (len(connections), place.load) == (MAX_CONNECTIONS, (MAX_CONNECTIONS, 0))
    connections.remove(talks[0].connection)
    connections.remove(talks[0].connection)
    assert (len(connections), place.load) == (MAX_CONNECTIONS - 1, (MAX_CONNECTIONS - 1, 0))


def test_nobody_goes_while_there_is_room(connections: Connections, talks: list[Talk]) -> None:
    connections.remove(talks[-1].connection)
    assert connections.make_room()
    assert list_closed(talks) == []


def test_the_longest_idle_go_first(connections: Connections, talks: list[Talk]) -> None:
    connections.make_room()
    assert list_closed(talks) == list(range(ROOM))
    sweep(connections, talks)
    assert connections.make_room()


def test_an_idle_client_goes_before_any_other(connections: Connections, talks: list[Talk]) -> None:
    for talk in talks[:-1]:
        talk.send(GET[:10])
    connections.make_room()
    assert list_closed(talks) == [MAX_CONNECTIONS - 1]


def test_who_has_been_answered_is_young_again(connections: Connections, talks: list[Talk]) -> None:
    talks[0].send(GET)
    talks[0].answer(b"answer")
    connections.make_room()
    assert list_closed(talks) == list(range(1, ROOM + 1))


@pytest.mark.parametrize("content", [GET[:10], HEAD_OF_POST])
def test_where_nobody_is_idle_those_go_that_have_taken_the_longest(
    connections: Connections, talks: list[Talk], clock: Clock, content: bytes
) -> None:
    for talk in reversed(talks):
        talk.send(content)
        clock.now += 1
    connections.make_room()
    assert list_closed(talks) == list(range(MAX_CONNECTIONS - ROOM, MAX_CONNECTIONS))


def test_nobody_goes_to_whom_an_answer_is_owed(connections: Connections, talks: list[Talk]) -> None:
    for talk in talks:
        talk.send(GET)
    assert not connections.make_room()
    assert list_closed(talks) == []


def test_who_does_not_take_an_answer_goes_before_whom_one_is_owed(connections: Connections, talks: list[Talk]) -> None:
    for talk in talks:
        talk.send(GET)
    talks[7].answer(LARGE)
    connections.make_room()
    assert list_closed(talks) == [7]


@pytest.fixture
def counted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it counted how much is kept whenever anything arrives."""
    monkeypatch.setattr(module, "_COUNT_BYTES", 1)


@pytest.mark.usefixtures("counted_at_once")
def test_the_oldest_body_is_refused_where_too_much_is_kept(
    connections: Connections, talks: list[Talk], clock: Clock
) -> None:
    for talk in (talks[3], talks[1], talks[2]):
        talk.send(HEAD_OF_POST + b"x" * 40)
        clock.now += 1
    connections.count_received(40)
    assert [number for number, talk in enumerate(talks) if talk.exchange.refused] == [3]
    assert (talks[3].read(), talks[3].exchange.refused) == (b"503", [503])


@pytest.mark.usefixtures("counted_at_once")
def test_what_is_refused_is_not_kept_and_nobody_else_has_to_go_for_it(
    connections: Connections, talks: list[Talk], clock: Clock
) -> None:
    for talk in talks[:3]:
        talk.send(HEAD_OF_POST + b"x" * 40)
        clock.now += 1
    for _ in range(3):
        connections.count_received(1)
    assert [talk.exchange.refused for talk in talks[:3]] == [[503], [], []]
    assert talks[0].connection.n_buffered_bytes == 0


@pytest.mark.usefixtures("counted_at_once")
@pytest.mark.parametrize("n_bytes", [50, 10])
def test_no_body_is_refused_while_no_more_is_kept_than_may_be(
    connections: Connections, talks: list[Talk], n_bytes: int
) -> None:
    for talk in talks[:2]:
        talk.send(HEAD_OF_POST + b"x" * n_bytes)
    connections.count_received(2 * n_bytes)
    assert [talk.exchange.refused for talk in talks[:2]] == [[], []]


@pytest.mark.usefixtures("counted_at_once")
def test_answers_that_are_not_taken_count_but_only_bodies_are_refused(
    connections: Connections, talks: list[Talk]
) -> None:
    talks[0].send(GET)
    talks[0].answer(LARGE)
    talks[1].send(HEAD_OF_POST + b"x")
    talks[2].send(GET)
    connections.count_received(1)
    assert [talk.exchange.refused for talk in talks[:3]] == [[], [503], []]
    assert list_closed(talks) == []


def test_it_is_not_counted_for_every_byte(connections: Connections, talks: list[Talk], clock: Clock) -> None:
    for talk in talks[:3]:
        talk.send(HEAD_OF_POST + b"x" * 40)
        clock.now += 1
    connections.count_received(module._COUNT_BYTES - 1)
    assert not talks[0].exchange.refused
    connections.count_received(1)
    assert talks[0].exchange.refused


def test_those_go_that_have_taken_too_long(connections: Connections, talks: list[Talk], clock: Clock) -> None:
    clock.now = talks[4].connection.deadline
    connections.check_deadlines()
    assert list_closed(talks) == [0, 1, 2, 3, 4]


def test_idle_clients_can_be_hurried(connections: Connections, talks: list[Talk], clock: Clock) -> None:
    talks[0].send(GET)
    connections.hurry(0.5)
    clock.now += 0.5
    connections.check_deadlines()
    assert list_closed(talks) == list(range(1, MAX_CONNECTIONS))
