"""The states of a connection: what it waits for, and for how long it does."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class State(enum.Enum):
    """What a connection waits for."""

    IDLE = "the first byte of a request"
    HEAD = "the rest of a head"
    BODY = "the rest of a body"
    WAITING = "the answer, which we owe"
    ANSWERING = "the client to read the answer"
    DISCARDING = "the rest of a body that has been answered already"
    LINGERING = "the client to close the connection"
    CLOSED = "nothing"


@dataclass(frozen=True)
class Patience:
    """How long a client may take, in seconds."""

    idle: float
    """For the first byte of its next request."""
    head: float
    """For a whole head."""
    body: float
    """For a whole body, and to take a whole answer."""
