"""Lanes: requests that wait for the same, the loop or threads of one kind."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from app.server.admission import Admission
from app.server.connection import Connection
from app.server.request import HttpRequest


@dataclass(slots=True)
class Waiting:
    """A request that waits to be answered."""

    connection: Connection
    request: HttpRequest


class Lane:
    """A queue, from which several requests may be answered at once."""

    def __init__(self, deadline_seconds: float, n_servers: int) -> None:
        self.waiting: deque[Waiting] = deque()
        self.admission = Admission(deadline_seconds, n_servers)
        self.n_free = n_servers
        """How many more may be answered now."""
