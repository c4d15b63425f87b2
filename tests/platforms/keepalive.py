"""What the server does with connections, which proxies in front of it have to know."""

from __future__ import annotations

from app.settings import Settings


def read_keepalive_seconds() -> int:
    """Return how long the server keeps an idle connection open."""
    return Settings().keepalive_seconds
