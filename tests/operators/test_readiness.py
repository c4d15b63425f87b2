from __future__ import annotations

import http.client
import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from app.commands import readiness
from app.commands.readiness import wait_until_served
from app.server.control import NoAnswer
from app.settings import Settings
from tests.support.running_server import find_free_port


class StandIn(ThreadingHTTPServer):
    """Answers GET /ready with one status and version after the other, and goes on with the last."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.answers: list[tuple[int, str]] = []
        self.paths: list[str] = []
        self.is_over = threading.Event()

    @property
    def settings(self) -> Settings:
        return Settings(port=self.server_port)


class _Answer(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        answers = self.server.answers
        self.server.paths.append(self.path)
        if not answers:
            self.server.is_over.wait()  # says nothing
            return
        status, version = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.send_header("X-Model-Version", version)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Keep the screen clean."""


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.is_over.set()
        server.shutdown()
        thread.join()


def explain(settings: Settings, timeout_seconds: float = 0.0) -> str:
    """Return why it is not known that `settings` lead to a server of version v2."""
    with pytest.raises(NoAnswer) as refused:
        wait_until_served(settings, "v2", timeout_seconds)
    return str(refused.value)


def test_returns_at_once_where_the_version_is_served(server: StandIn) -> None:
    server.answers = [(200, "v2")]
    wait_until_served(server.settings, "v2", timeout_seconds=0)
    assert server.paths == ["/ready"]


def test_waits_until_the_version_is_served(server: StandIn) -> None:
    server.answers = [(503, "none"), (200, "v1"), (503, "v2"), (200, "v2")]
    wait_until_served(server.settings, "v2")
    assert server.paths == ["/ready"] * 4


@pytest.mark.parametrize(
    ("status", "version", "answer"),
    [
        (200, "v1", "200, of version v1"),
        (503, "none", "503, of version none"),
        (503, "v2", "503, of version v2"),
        (200, "v22", "200, of version v22"),
        (404, "v22", "404, of version v22"),
    ],
)
def test_says_what_the_server_answered_last(server: StandIn, status: int, version: str, answer: str) -> None:
    server.answers = [(status, version)]
    assert explain(server.settings) == (
        f"GET /ready at 127.0.0.1:{server.server_port} does not report version v2: {answer}."
    )


def test_goes_on_asking_until_the_time_is_up(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.count()
    monkeypatch.setattr(readiness, "time", SimpleNamespace(monotonic=lambda: next(seconds), sleep=lambda _: None))
    server.answers = [(200, "v1")]
    explain(server.settings, timeout_seconds=3)
    assert len(server.paths) == 4


def test_says_that_nothing_listens() -> None:
    port = find_free_port()
    assert explain(Settings(port=port)) == (
        f"GET /ready at 127.0.0.1:{port} does not report version v2: [Errno 111] Connection refused."
    )


def test_says_that_the_server_is_silent(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_REQUEST_TIMEOUT_SECONDS", 0.1)
    assert explain(server.settings).endswith(" does not report version v2: timed out.")


def test_says_what_is_wrong_where_the_error_has_no_words(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise http.client.ResponseNotReady

    monkeypatch.setattr(http.client.HTTPConnection, "request", fail)
    assert explain(server.settings).endswith(" does not report version v2: ResponseNotReady.")


@pytest.mark.parametrize(
    ("host", "asked"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("127.0.0.2", "127.0.0.2"), ("::1", "::1"), ("localhost", "localhost")],
)
def test_asks_where_the_server_listens(monkeypatch: pytest.MonkeyPatch, host: str, asked: str) -> None:
    places: list[tuple[str, int | None]] = []

    def note(connection: http.client.HTTPConnection) -> None:
        places.append((connection.host, connection.port))
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(http.client.HTTPConnection, "connect", note)
    explain(Settings(host=host, port=4711))
    assert places == [(asked, 4711)]
