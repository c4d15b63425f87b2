"""Receives what Alertmanager sends, as a pager would."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Notice = dict[str, Any]


class AlertReceiver(ThreadingHTTPServer):
    """Keeps every notification in `notices`, as Alertmanager's webhook documents it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.notices: list[Notice] = []

    @property
    def url(self) -> str:
        """The address to send to."""
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def find(self, name: str, status: str = "firing") -> tuple[str, Notice] | None:
        """Return the receiver that was told of an alert, and the alert; `None` when nobody was told yet."""
        for notice in list(self.notices):
            for alert in notice["alerts"]:
                if (alert["labels"]["alertname"], alert["status"]) == (name, status):
                    return notice["receiver"], alert
        return None


@contextmanager
def receive_alerts() -> Iterator[AlertReceiver]:
    """Receive alerts until the `with` block ends."""
    with AlertReceiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: AlertReceiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.notices.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output to itself."""
