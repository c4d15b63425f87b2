"""Stands in for a deployed service: answers as a healthy one does, but for what a test has it do otherwise."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.commands.smoke.expected import Expectation

EXPECTATION = Expectation(
    model_version="v2",
    instances=[[1.0, 2.0], [3.0, 4.5], [5.0, 6.0]],
    predictions=[
        {"label": 0, "probabilities": {"class_0": 0.75, "class_1": 0.25}},
        {"label": 1, "probabilities": {"class_0": 0.123457, "class_1": 0.876543}},
        {"label": 1, "probabilities": {"class_0": 0.0, "class_1": 1.0}},
    ],
    tolerances={"probabilities": 1e-6 + 1e-9},
)
DOCUMENTS = {
    "GET /ready": {"status": "ready"},
    "GET /model": {"version": "v2"},
    "GET /openapi.json": {"openapi": "3.1.0", "info": {"version": "1.0.0"}, "paths": {"/predict": {}}},
}
HTML = b"<html>\n<title>Sign in</title>"


class ScriptedService(ThreadingHTTPServer):
    """Does for each request, as in "GET /ready", what `script` says, and keeps in `requests` what was asked."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: dict[str, Act] = dict(_HEALTHY)
        self.requests: list[str] = []
        self.n_connections = 0
        self.is_over = threading.Event()
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def address(self) -> str:
        """The host and the port."""
        return f"127.0.0.1:{self.server_port}"

    def get_request(self) -> tuple[Any, Any]:
        """Count the connections, those whose handshake fails too."""
        self.n_connections += 1
        return super().get_request()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep the screen clean: a client that refuses a certificate goes without a word."""


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedService
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.act(None)

    def do_POST(self) -> None:
        self.act(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def act(self, document: Any) -> None:
        request = f"{self.command} {self.path}"
        self.server.requests.append(request)
        self.server.script.get(request, answer(404, HTML, "text/html"))(self, document)

    def log_message(self, *arguments: object) -> None:
        """Keep the screen clean."""


Act = Callable[[_Handler, Any], None]


def answer(status: int, content: Any, media_type: str = "application/json", **headers: str) -> Act:
    """Answer with `content`: bytes as they are, anything else as JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()

    def act(handler: _Handler, _: Any) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": media_type, "Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return act


def write(content: bytes) -> Act:
    """Write `content`, whatever it is, and close the connection."""

    def act(handler: _Handler, _: Any) -> None:
        handler.wfile.write(content)
        handler.close_connection = True

    return act


def say_nothing(handler: _Handler, _: Any) -> None:
    """Leave the request unanswered until the test is over."""
    handler.server.is_over.wait()


def trickle(handler: _Handler, _: Any) -> None:
    """Answer one byte at a time until the client has gone or the test is over."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not handler.server.is_over.wait(0.02):
        handler.wfile.write(b" ")


def predict(features: Any, **changes: Any) -> dict[str, Any]:
    """Return the prediction for a golden row, with `changes`."""
    row = EXPECTATION.instances.index(features)
    return {**EXPECTATION.predictions[row], "model_version": "v2", **changes}


def answer_predict(handler: _Handler, document: Any) -> None:
    """Answer POST /predict."""
    if [] in document["features"]:
        errors = [{"pointer": "#/features/0", "message": "must be a finite number"}]
        answer(422, {"errors": errors}, "application/problem+json")(handler, document)
    else:
        answer(200, predict(document["features"]))(handler, document)


def answer_batch(handler: _Handler, document: Any) -> None:
    """Answer POST /predict/batch."""
    predictions = [predict(features) for features in document["instances"]]
    answer(200, {"predictions": predictions, "model_version": "v2"})(handler, document)


_HEALTHY: dict[str, Act] = {
    **{request: answer(200, document, X_Model_Version="v2") for request, document in DOCUMENTS.items()},
    "POST /predict": answer_predict,
    "POST /predict/batch": answer_batch,
}


@contextmanager
def run_scripted(context: ssl.SSLContext | None = None) -> Iterator[ScriptedService]:
    """Run a scripted service, over TLS if there is a `context`, until the `with` block ends."""
    with ScriptedService(context) as service:
        thread = threading.Thread(target=service.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield service
        finally:
            service.is_over.set()
            service.shutdown()
            thread.join()
