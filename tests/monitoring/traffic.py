"""Clients of several kinds, who ask for as long as it takes: for the panels."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import requests

from tests.support.running_server import DEADLINE_SECONDS

Rows = np.ndarray[Any, np.dtype[np.float64]]

_MAX_BATCH = 64


class Traffic:
    """What the clients send; `shift` may be changed while they do."""

    def __init__(self, url: str, rows: Rows, pause_seconds: float) -> None:
        self._url = url
        self._rows = rows
        self._pause_seconds = pause_seconds
        self._is_over = threading.Event()
        self.shift: tuple[int, float] = (0, 1.0)
        """A feature's position, and what its values are multiplied by."""

    def ask_one(self, session: requests.Session, chance: random.Random) -> None:
        """Ask for one prediction."""
        session.post(f"{self._url}/predict", json={"features": self._draw(chance)}, timeout=DEADLINE_SECONDS)

    def ask_many(self, session: requests.Session, chance: random.Random) -> None:
        """Ask for a batch of predictions."""
        instances = [self._draw(chance) for _ in range(chance.randint(1, _MAX_BATCH))]
        session.post(f"{self._url}/predict/batch", json={"instances": instances}, timeout=DEADLINE_SECONDS)

    def ask_wrongly(self, session: requests.Session, chance: random.Random) -> None:
        """Ask for what is refused, or for what is not there."""
        features = self._draw(chance)
        body = chance.choice([{"features": features[1:]}, {"features": ["x", *features[1:]]}, {"feature": features}])
        session.post(f"{self._url}/predict", json=body, timeout=DEADLINE_SECONDS)
        if chance.random() < 0.2:
            session.get(f"{self._url}/prediction", timeout=DEADLINE_SECONDS)

    def look_around(self, session: requests.Session, chance: random.Random) -> None:
        """Ask as probes and people do."""
        session.get(f"{self._url}{chance.choice(['/health', '/ready', '/model'])}", timeout=DEADLINE_SECONDS)

    def repeat(self, ask: Callable[[requests.Session, random.Random], None], pauses: float, seed: int) -> None:
        """Ask until the traffic is over, with so many pauses after each request."""
        chance = random.Random(seed)
        with requests.Session() as session:
            session.trust_env = False  # which names the current test: it changes while this reads it
            while not self._is_over.wait(self._pause_seconds * pauses * chance.uniform(0.5, 1.5)):
                with suppress(requests.ConnectionError):  # the service may be gone, which is for others to notice
                    ask(session, chance)

    def end(self) -> None:
        """Have every client end after its request."""
        self._is_over.set()

    def _draw(self, chance: random.Random) -> list[float]:
        row: list[float] = self._rows[chance.randrange(len(self._rows))].tolist()
        position, factor = self.shift
        row[position] *= factor
        return row


@contextmanager
def traffic_at(url: str, rows: Rows, pause_seconds: float = 0.02) -> Iterator[Traffic]:
    """Have clients ask the service at `url` for predictions of `rows` until the `with` block ends."""
    traffic = Traffic(url, rows, pause_seconds)
    kinds = [(traffic.ask_one, 1), (traffic.ask_one, 2), (traffic.ask_many, 8)]
    kinds += [(traffic.ask_wrongly, 20), (traffic.look_around, 10)]
    threads = [
        threading.Thread(target=traffic.repeat, args=(ask, pauses, seed)) for seed, (ask, pauses) in enumerate(kinds)
    ]
    for thread in threads:
        thread.start()
    try:
        yield traffic
    finally:
        traffic.end()
        for thread in threads:
            thread.join()
