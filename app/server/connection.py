"""A connection of gunicorn's whose reads and writes have a time limit."""

from __future__ import annotations

from app.server.internals import SocketUnreader, TConn

# How long a client may be silent in the middle of a request.
SILENCE_TIMEOUT_SECONDS = 10.0


class PatientUnreader(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """A reader of a socket, for which a client that falls silent is one that has left."""

    has_timed_out = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return what has arrived, at least a byte; nothing at the end, or after a silence."""
        try:
            received: bytes = super().chunk(size_hint)
        except TimeoutError:
            self.has_timed_out = True
            return b""
        return received


class PatientConnection(TConn):  # type: ignore[misc]
    """A connection whose reads and writes have a time limit."""

    enqueued_at: float
    """When a thread was asked to see to what has arrived, by the performance counter, in seconds."""

    def init(self) -> None:
        """Prepare for a request; called before each."""
        is_first = not self.initialized
        super().init()
        if is_first:
            self.parser.unreader = PatientUnreader(self.sock)
        self.sock.settimeout(SILENCE_TIMEOUT_SECONDS)
