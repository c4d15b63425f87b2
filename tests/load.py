"""Clients that ask a server without pause, and note every answer: for tests of what must not disturb them."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.running_server import DEADLINE_SECONDS

N_KEPT_ALIVE = 8
N_RECONNECTING = 8


@dataclass
class Load:
    """What the clients have seen; `failures` are requests that were not answered with 200."""

    answers: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """How often each triple of X-Model-Version, model_version and the probabilities was seen."""
    failures: list[str] = field(default_factory=list)
    spans: list[tuple[float, float]] = field(default_factory=list)
    """When each request began and when it was answered, by the monotonic clock, in seconds."""
    _is_over: threading.Event = field(default_factory=threading.Event)

    def ask_without_pause(self, port: int, body: bytes, keep_alive: bool) -> None:
        """Ask until the load is over, on one connection or on a new one for each request."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_SECONDS)
        while not self._is_over.is_set():
            began = time.monotonic()
            try:
                self._ask(connection, body, keep_alive)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
            self.spans.append((began, time.monotonic()))
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, body: bytes, keep_alive: bool) -> None:
        headers = {} if keep_alive else {"Connection": "close"}
        connection.request("POST", "/predict", body, headers)
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        if response.status != 200:
            self.failures.append(f"{response.status} {answer}")
            return
        header = response.getheader("X-Model-Version") or ""
        self.answers[(header, answer["model_version"], json.dumps(answer["probabilities"]))] += 1

    def end(self) -> None:
        """Have every client end after its request."""
        self._is_over.set()


@contextmanager
def load_on(port: int, instance: list[float]) -> Iterator[Load]:
    """Keep the server at `port` busy with requests for `instance` until the `with` block ends."""
    load = Load()
    body = json.dumps({"features": instance}).encode()
    kinds = [True] * N_KEPT_ALIVE + [False] * N_RECONNECTING
    clients = [threading.Thread(target=load.ask_without_pause, args=(port, body, kind)) for kind in kinds]
    for client in clients:
        client.start()
    try:
        yield load
    finally:
        load.end()
        for client in clients:
            with suppress(RuntimeError):
                client.join()
