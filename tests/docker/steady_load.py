"""Clients that ask at a steady pace in another network, and note every answer: a roll-out must fail none of them."""

from __future__ import annotations

import ctypes
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_CLONE_NEWNET = 0x40000000
_PAUSE_SECONDS = 0.02
_TIMEOUT_SECONDS = 60.0


@dataclass
class SteadyLoad:
    """What the clients have seen so far."""

    versions: Counter[str] = field(default_factory=Counter)
    """How many answers with 200 there were of each version."""
    failures: list[str] = field(default_factory=list)
    longest_seconds: float = 0.0
    _is_over: threading.Event = field(default_factory=threading.Event)

    def ask_on(self, network: str, port: int, body: bytes, keep_alive: bool) -> None:
        """Ask until the load is over. The thread that runs this stays in that network for good."""
        _enter_network(network)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
        while not self._is_over.wait(_PAUSE_SECONDS):
            began = time.monotonic()
            try:
                self._ask(connection, body, keep_alive)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
            self.longest_seconds = max(self.longest_seconds, time.monotonic() - began)
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, body: bytes, keep_alive: bool) -> None:
        headers = {"Content-Type": "application/json"} | ({} if keep_alive else {"Connection": "close"})
        connection.request("POST", "/predict", body, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            self.failures.append(f"{response.status} {answer.decode()}")
            return
        self.versions[json.loads(answer)["model_version"]] += 1

    def end(self) -> None:
        """Have every client end after its request."""
        self._is_over.set()


@contextmanager
def load_steadily(network: str, port: int, instance: list[float], n_clients: int = 6) -> Iterator[SteadyLoad]:
    """Ask for `instance` in `network`, half of the clients on one connection each, until the `with` block ends."""
    load = SteadyLoad()
    body = json.dumps({"features": instance}).encode()
    clients = [
        threading.Thread(target=load.ask_on, args=(network, port, body, number % 2 == 0)) for number in range(n_clients)
    ]
    for client in clients:
        client.start()
    try:
        yield load
    finally:
        load.end()
        for client in clients:
            with suppress(RuntimeError):
                client.join()


def _enter_network(network: str) -> None:
    """Move the thread that calls this, and no other, to a network namespace."""
    with open(f"/run/netns/{network}") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {network}")
