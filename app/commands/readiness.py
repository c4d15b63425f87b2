"""Asks a running server which version it serves, over HTTP, as its callers do."""

from __future__ import annotations

import http.client
import time

from app.server.control import NoAnswer
from app.settings import Settings

READY_TIMEOUT_SECONDS = 30.0

_POLL_SECONDS = 0.05
_REQUEST_TIMEOUT_SECONDS = 5.0


def wait_until_served(settings: Settings, version: str, timeout_seconds: float = READY_TIMEOUT_SECONDS) -> None:
    """Return once /ready answers 200 with `version`. Raises `NoAnswer`, which says what it answered last."""
    deadline = time.monotonic() + timeout_seconds
    while (answer := _ask_ready(settings)) != f"200, of version {version}":
        if time.monotonic() > deadline:
            raise NoAnswer(f"GET /ready at {settings.address} does not report version {version}: {answer}.")
        time.sleep(_POLL_SECONDS)


def _ask_ready(settings: Settings) -> str:
    connection = http.client.HTTPConnection(settings.local_host, settings.port, timeout=_REQUEST_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/ready")
        response = connection.getresponse()
        return f"{response.status}, of version {response.getheader('X-Model-Version')}"
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
