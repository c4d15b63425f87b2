"""Fuzzes everything between the socket and the model, guided by coverage: `make fuzz SECONDS=600`.

What is drawn is sent to a connection of the server's own, in pieces; the application and its model are real. Whatever
is sent, nothing may be raised, no answer may be a defect of ours, and the connection must come to its end.
"""

from __future__ import annotations

import logging
import re
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["app.server", "app.web", "app.columns"]):
    from app import create_app
    from app.server.board import Board
    from app.server.connection import Connection
    from app.server.connections import Connections
    from app.server.dispatcher import Dispatcher
    from app.server.loop import EventLoop
    from app.server.states import Patience, State
    from app.server.wsgi import WsgiServer
    from app.settings import Settings
    from app.web.service import get_service, serve_model

from app.artifacts import read_artifact  # noqa: E402
from tests.support.hostile_requests import HOSTILE_REQUESTS
from tests.support.published_models import load_iris_dataset, publish_model

_ANSWER = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) [^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n")
_ADDRESSES = (("127.0.0.1", 1), ("127.0.0.1", 80))
_MOST_PIECES = 4
_TURNS = 50


class Target:
    """What is fuzzed: a server without sockets to listen at."""

    def __init__(self, folder: Path) -> None:
        from sklearn.linear_model import LogisticRegression

        publish_model(folder, "fuzzed", load_iris_dataset(), LogisticRegression(max_iter=500))
        app = create_app(Settings(max_body_bytes=4096))
        self._max_body_bytes = serve_model(app, read_artifact(folder)).max_body_bytes
        self._loop = EventLoop()
        self._connections = Connections(10, 2**20, Board(2).get_place(1))
        service = get_service(app)
        self._dispatcher = Dispatcher(
            WsgiServer(app), service, service.monitor.requests, self._loop, self._connections, 1
        )

    def answer(self, pieces: list[bytes]) -> bytes:
        """Return all that is sent back to a client that sends `pieces`, and no more."""
        ours, client = socket.socketpair()
        ours.setblocking(False)
        client.setblocking(False)
        patience = Patience(1.0, 1.0, 1.0)
        connection = Connection(ours, _ADDRESSES, self._loop, self._dispatcher, patience, self._max_body_bytes)
        self._connections.add(connection)
        received = bytearray()
        with client:
            for piece in pieces:
                with suppress(OSError):
                    client.send(piece)
                self._turn(client, received)
            with suppress(OSError):
                client.shutdown(socket.SHUT_WR)
            self._turn(client, received)
        self._turn(None, received)
        connection.check_deadline(float("inf"))
        assert connection.state is State.CLOSED, connection.state
        assert len(self._connections) == 0
        return bytes(received)

    def _turn(self, client: socket.socket | None, received: bytearray) -> None:
        for _ in range(_TURNS):
            self._loop.turn(0.0)
            self._dispatcher.run()
            if client is not None:
                with suppress(OSError):
                    received += client.recv(2**20)
            if not self._dispatcher.has_waiting:
                break
        self._loop.turn(0.0)
        if client is not None:
            with suppress(OSError):
                received += client.recv(2**20)


def check(answers: bytes) -> None:
    """Raise `AssertionError` where what is sent back is no sequence of answers, or has one that may not be."""
    statuses = [int(status) for status in _ANSWER.findall(answers)]
    assert answers == b"" or answers.startswith(b"HTTP/1."), answers[:200]
    assert all(status < 500 for status in statuses), answers


def main() -> None:
    """Fuzz until what libFuzzer's options say."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        corpus = Path(name) / "corpus"
        corpus.mkdir()
        for number, hostile in enumerate(HOSTILE_REQUESTS):
            (corpus / str(number)).write_bytes(b"\0" + hostile.sent[:8000])
        target = Target(Path(name) / "artifacts")

        def fuzz(drawn: bytes) -> None:
            n_pieces, sent = drawn[:1], drawn[1:]
            step = max(len(sent) // (1 + (n_pieces[0] % _MOST_PIECES if n_pieces else 0)), 1)
            check(target.answer([sent[start : start + step] for start in range(0, len(sent), step)]))

        atheris.Setup([*sys.argv, str(corpus), "-max_len=16384"], fuzz)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
