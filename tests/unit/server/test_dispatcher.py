"""The dispatcher has requests answered in their turn: by the loop, in threads, or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson
import pytest
from flask import Flask

from app import create_app
from app.server import dispatcher as module
from app.server.admission import BURST_SECONDS, USUAL_CLIENTS
from app.server.board import Board
from app.server.connection import MAX_DRAINED_BYTES
from app.server.connections import Connections
from app.server.dispatcher import Dispatcher
from app.server.loop import EventLoop
from app.server.request import HttpRequest
from app.server.states import State
from app.server.wsgi import Environ, WsgiServer
from app.settings import Settings
from app.web.service import Pace, Service, get_service
from tests.support.parsing import build_head, parse, parse_one

PATIENCE_SECONDS = 60.0


class RecordingConnection:
    """A connection that keeps what it is answered."""

    client_address, server_address = ("192.0.2.1", 5), ("192.0.2.2", 80)

    def __init__(self) -> None:
        self.state = State.WAITING
        self.answers: list[tuple[int, bool]] = []
        self.early: list[tuple[int, bool]] = []
        self.is_arriving, self.n_asked_for_body = True, 0
        self.last = b""

    def answer(self, answer: bytes, keeps_on: bool) -> None:
        """Keep the status, and whether the connection goes on."""
        self.last = answer
        self.answers.append((int(answer[9:12]), keeps_on))

    def answer_early(self, answer: bytes, keeps_on: bool) -> None:
        """Keep them of an answer without a body."""
        self.early.append((int(answer[9:12]), keeps_on))

    def awaits_body_of(self, request: HttpRequest) -> bool:
        """Return what the test says."""
        return self.is_arriving

    def ask_for_body(self, request: HttpRequest) -> None:
        """Count it."""
        self.n_asked_for_body += 1


class Desk:
    """A dispatcher, the application that it asks, and what that was asked."""

    def __init__(self, flask_app: Flask) -> None:
        self.asked: list[str] = []
        self.loop = EventLoop()
        self.service: Service = get_service(flask_app)
        connections = Connections(10, 2**20, Board(2).get_place(1))
        metrics = self.service.monitor.requests
        self.dispatcher = Dispatcher(WsgiServer(self.answer), self.service, metrics, self.loop, connections, 1)
        self.hold = threading.Event()

    def answer(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer 200, unless the path says otherwise."""
        path = environ["PATH_INFO"]
        self.asked.append(path)
        if path == "/held":
            assert self.hold.wait(PATIENCE_SECONDS)
        if path == "/defect":
            raise ValueError("hunter2")
        if path == "/exit":
            raise SystemExit(3)
        if path == "/read":
            environ["wsgi.input"].read()
        start_response("200 OK", [])
        return [b"{}"]

    def ask(self, path: str, *fields: bytes) -> RecordingConnection:
        """Submit a request on a connection of its own."""
        connection = RecordingConnection()
        self.submit(connection, parse_one(build_head(*fields, line=f"GET {path} HTTP/1.1".encode())))
        return connection

    def submit(self, connection: RecordingConnection, request: HttpRequest) -> None:
        self.dispatcher.submit(connection, request)  # type: ignore[arg-type]

    def ask_early(self, line: str, *fields: bytes) -> RecordingConnection:
        """Show the application a request whose body has not arrived."""
        connection = self.begin(line, *fields)
        while self.dispatcher.has_waiting:
            self.dispatcher.run()
        return connection

    def begin(self, line: str, *fields: bytes) -> RecordingConnection:
        """Have such a request wait for its turn."""
        connection, request = RecordingConnection(), parse(build_head(*fields, line=line.encode())).current
        assert request is not None
        self.dispatcher.ask_early(connection, request)  # type: ignore[arg-type]
        return connection

    def turn_until(self, condition: Callable[[], bool]) -> None:
        """Have the loop take what threads hand over, until `condition` holds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline
            self.loop.turn(0.1)


@pytest.fixture
def flask_app() -> Flask:
    return create_app(Settings(trusted_proxies=()))


@pytest.fixture
def desk(flask_app: Flask) -> Iterator[Desk]:
    desk = Desk(flask_app)
    yield desk
    desk.hold.set()


def take_for_slow(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every request take a thread."""
    monkeypatch.setattr(desk.service, "choose_pace", lambda target, n_body_bytes: Pace.SLOW)


def test_quick_requests_wait_for_their_turn_and_are_answered_in_their_order(desk: Desk) -> None:
    first, second = desk.ask("/1"), desk.ask("/2")
    assert (first.answers, desk.asked, desk.dispatcher.has_waiting) == ([], [], True)
    while desk.dispatcher.has_waiting:
        desk.dispatcher.run()
    assert (first.answers, second.answers, desk.asked) == ([(200, True)], [(200, True)], ["/1", "/2"])


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
def test_monitors_are_answered_before_all_that_wait(desk: Desk, path: str) -> None:
    waiting = desk.ask("/1")
    assert desk.ask(path).answers == [(200, True)]
    assert waiting.answers == []


def test_nothing_is_computed_for_a_client_that_is_gone(desk: Desk) -> None:
    desk.ask("/1").state = State.CLOSED
    desk.dispatcher.run()
    assert desk.asked == []


def test_the_loop_goes_on_while_a_thread_answers(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    take_for_slow(desk, monkeypatch)
    held, next_one = desk.ask("/held"), desk.ask("/next")  # for which there is one thread
    assert desk.ask("/health").answers == [(200, True)]
    desk.hold.set()
    desk.turn_until(lambda: bool(next_one.answers))
    assert (held.answers, next_one.answers) == ([(200, True)], [(200, True)])
    assert desk.asked == ["/held", "/health", "/next"] or desk.asked == ["/health", "/held", "/next"]


def test_a_slow_request_waits_for_a_thread_where_none_can_be_started(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    take_for_slow(desk, monkeypatch)

    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        first = desk.ask("/1")
    assert "No thread can be started" in caplog.text
    second = desk.ask("/2")  # for the one place is taken, it waits behind the first
    desk.dispatcher._pool.submit(int)  # a thread, at last
    desk.turn_until(lambda: bool(second.answers))
    assert (first.answers, second.answers) == ([(200, True)], [(200, True)])


@pytest.mark.parametrize("path", ["/defect", "/exit"])
def test_a_defect_of_the_application_is_a_problem_and_says_nothing_of_itself(desk: Desk, path: str) -> None:
    failed = desk.ask(path, b"X-Request-ID: mine")
    desk.dispatcher.run()
    assert failed.answers == [(500, True)]
    problem = orjson.loads(failed.last.partition(b"\r\n\r\n")[2])
    assert (problem["status"], problem["request_id"]) == (500, "mine")
    assert b"hunter2" not in failed.last


def test_a_connection_ends_after_its_answer_where_none_are_kept(desk: Desk) -> None:
    desk.dispatcher.keeps_connections = False
    assert desk.ask("/health").answers == [(200, False)]


def test_what_needs_no_body_is_answered_without_one(desk: Desk) -> None:
    assert desk.ask_early("POST /refused HTTP/1.1", b"Content-Length: 5").early == [(200, True)]


def test_what_needs_its_body_is_asked_for_it(desk: Desk) -> None:
    connection = desk.ask_early("POST /read HTTP/1.1", b"Content-Length: 5")
    assert (connection.early, connection.n_asked_for_body) == ([], 1)


def test_bodies_that_have_not_come_take_turns_with_requests_that_are_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TURN_SECONDS", -1.0)  # one of each
    arriving = [desk.begin("POST /read HTTP/1.1", b"Content-Length: 5") for _ in range(3)]
    whole = [desk.ask(f"/{number}") for number in range(2)]
    assert desk.asked == []
    desk.dispatcher.run()
    assert ([each.n_asked_for_body for each in arriving], len(whole[0].answers)) == ([1, 0, 0], 1)
    desk.dispatcher.run()
    assert (desk.asked, desk.dispatcher.has_waiting) == (["/0", "/read", "/1", "/read"], True)


def test_nothing_is_asked_for_a_request_whose_body_has_come_meanwhile(desk: Desk) -> None:
    desk.begin("POST /read HTTP/1.1", b"Content-Length: 5").is_arriving = False
    desk.dispatcher.run()
    assert (desk.asked, desk.dispatcher.has_waiting) == ([], False)


@pytest.mark.parametrize("path", ["/defect"])
def test_what_fails_before_its_body_has_come_is_answered_for_once_it_has(desk: Desk, path: str) -> None:
    connection = desk.ask_early(f"POST {path} HTTP/1.1", b"Content-Length: 5")
    assert (connection.early, connection.n_asked_for_body) == ([], 1)


@pytest.mark.parametrize(
    "fields",
    [(b"Content-Length: 5", b"Expect: 100-continue"), (b"Content-Length: %d" % (MAX_DRAINED_BYTES + 1),)],
    ids=["asked for its body", "longer than what is thrown away"],
)
def test_a_connection_ends_where_the_body_of_a_refused_request_may_never_come(
    desk: Desk, fields: tuple[bytes, ...]
) -> None:
    assert desk.ask_early("POST /refused HTTP/1.1", *fields).early == [(200, False)]


def test_those_beyond_the_bound_are_refused_and_logged_in_one_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    burst = [desk.ask(f"/{number}") for number in range(USUAL_CLIENTS + 5)]
    now = time.monotonic() + 2 * BURST_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: now)
    last = desk.ask("/last", b"X-Request-ID: mine")
    assert last.answers == [(503, True)]
    assert b"\r\nRetry-After: 1\r\n" in last.last and b"\r\nX-Request-ID: mine\r\n" in last.last
    assert [len(each.answers) for each in burst] == [0] * USUAL_CLIENTS + [1] * 5
    desk.dispatcher.refuser.log_overload()
    desk.dispatcher.refuser.log_overload()
    assert [record.getMessage() for record in caplog.records] == [
        "6 requests were answered 503: there are more than can be answered in time"
    ]


def test_a_request_that_has_waited_too_long_is_refused_in_its_turn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = desk.ask("/1")
    now = time.monotonic() + Settings().request_deadline_seconds + 1
    monkeypatch.setattr(time, "monotonic", lambda: now)
    desk.dispatcher.run()
    assert (waiting.answers, desk.asked) == ([(503, True)], [])
