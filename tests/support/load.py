"""Clients that ask a server again and again, and note every answer: for tests of what must not disturb them."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.support.running_server import DEADLINE_SECONDS

N_KEPT_ALIVE = 8
N_RECONNECTING = 8


@dataclass
class Load:
    """What the clients have seen; `failures` are requests that were not answered with 200."""

    answers: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """How often each triple of X-Model-Version, model_version and what was predicted was seen."""
    failures: list[str] = field(default_factory=list)
    spans: list[tuple[float, float]] = field(default_factory=list)
    """When each request began and when it was answered, by the monotonic clock, in seconds."""
    failed_spans: list[tuple[float, float]] = field(default_factory=list)
    """Those of the requests whose connection ended instead."""
    pause_seconds: float = 0.0
    """How long each client waits before it asks again."""
    _is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def versions(self) -> Counter[str]:
        """How many answers there were of each version."""
        versions: Counter[str] = Counter()
        for (_, version, _), n_answers in self.answers.items():
            versions[version] += n_answers
        return versions

    @property
    def longest_seconds(self) -> float:
        """How long the request took that was answered the latest."""
        return max(answered - began for began, answered in self.spans)

    def ask_on(self, port: int, body: bytes, keep_alive: bool) -> None:
        """Ask until the load is over, on one connection or on a new one for each request."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_SECONDS)
        while not self._is_over.wait(self.pause_seconds):
            began = time.monotonic()
            try:
                self._ask(connection, body, keep_alive)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                self.failed_spans.append((began, time.monotonic()))
                connection.close()
            self.spans.append((began, time.monotonic()))
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, body: bytes, keep_alive: bool) -> None:
        headers = {} if keep_alive else {"Connection": "close"}
        connection.request("POST", "/predict", body, headers)
        response = connection.getresponse()
        body_of_answer = response.read()
        if response.status != 200:
            self.failures.append(f"{response.status} {body_of_answer.decode()}")
            return
        answer: dict[str, Any] = json.loads(body_of_answer)
        header = response.getheader("X-Model-Version") or ""
        predicted = answer.get("probabilities", answer.get("value"))
        self.answers[(header, answer["model_version"], json.dumps(predicted))] += 1

    def end(self) -> None:
        """Have every client end after its request."""
        self._is_over.set()


@contextmanager
def load_on(
    port: int,
    instance: list[float],
    *,
    n_kept_alive: int = N_KEPT_ALIVE,
    n_reconnecting: int = N_RECONNECTING,
    pause_seconds: float = 0.0,
    prepare_thread: Callable[[], None] = lambda: None,
) -> Iterator[Load]:
    """Ask the server at `port` for `instance` until the `with` block ends, with pauses or without.

    Each client is a thread of its own, which calls `prepare_thread` first.
    """
    load = Load(pause_seconds=pause_seconds)
    body = json.dumps({"features": instance}).encode()

    def ask(keep_alive: bool) -> None:
        prepare_thread()
        load.ask_on(port, body, keep_alive)

    kinds = [True] * n_kept_alive + [False] * n_reconnecting
    clients = [threading.Thread(target=ask, args=(kind,)) for kind in kinds]
    for client in clients:
        client.start()
    try:
        yield load
    finally:
        load.end()
        for client in clients:
            with suppress(RuntimeError):
                client.join()
