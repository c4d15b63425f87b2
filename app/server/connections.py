"""The connections of a worker, all together: how many there may be, how much they may keep, and who goes first."""

from __future__ import annotations

import heapq
import time

from app.server.board import Place
from app.server.connection import Connection
from app.server.refusal import Overloaded
from app.server.states import State

# How many are closed at a time, so that there is room for as many.
_ROOM = 16
# How much may arrive before it is counted how much of it is kept.
_COUNT_BYTES = 8 * 1024 * 1024

_EVICTABLE = frozenset(State) - {State.IDLE, State.WAITING, State.CLOSED}


class Connections:
    """The open connections of a worker."""

    def __init__(self, max_connections: int, max_buffered_bytes: int, place: Place) -> None:
        self._connections: set[Connection] = set()
        self._max_connections = max_connections
        self._max_buffered_bytes = max_buffered_bytes
        self._place = place
        self._n_received_bytes = 0

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, connection: Connection) -> None:
        """Count a connection."""
        self._connections.add(connection)
        self._place.set_connections(len(self._connections))

    def remove(self, connection: Connection) -> None:
        """Count a connection no longer, which is closed."""
        self._connections.discard(connection)
        self._place.set_connections(len(self._connections))

    def make_room(self) -> bool:
        """Return whether there is room for one more: where there is none, the longest idle are closed.

        After them go those whose clients have taken the longest; never those to which an answer is owed.
        """
        if len(self._connections) < self._max_connections:
            return True
        idle = [connection for connection in self._connections if connection.state is State.IDLE]
        others = [connection for connection in self._connections if connection.state in _EVICTABLE]
        for connection in heapq.nsmallest(_ROOM, idle or others, key=lambda each: each.deadline):
            connection.close()
        return len(self._connections) < self._max_connections

    def count_received(self, n_bytes: int) -> None:
        """Take note of what has arrived; where too much of it is kept, let those go that have taken the longest."""
        self._n_received_bytes += n_bytes
        if self._n_received_bytes < _COUNT_BYTES:
            return
        self._n_received_bytes = 0
        kept = {connection: connection.n_buffered_bytes for connection in self._connections}
        total = sum(kept.values())
        arriving = [connection for connection in kept if connection.state is State.BODY]
        for connection in sorted(arriving, key=lambda each: each.deadline):
            if total <= self._max_buffered_bytes:
                break
            total -= kept[connection]
            connection.refuse(Overloaded())

    def check_deadlines(self) -> None:
        """Let those go that have taken too long."""
        now = time.monotonic()
        for connection in [each for each in self._connections if each.deadline <= now]:
            connection.check_deadline(now)

    def hurry(self, seconds: float) -> None:
        """Have idle clients wait no longer than this."""
        deadline = time.monotonic() + seconds
        for connection in self._connections:
            connection.hurry(deadline)
