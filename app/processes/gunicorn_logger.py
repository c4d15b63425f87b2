"""How gunicorn logs here: as the service does, and nothing of requests, which the application logs itself."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger


class GunicornLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's logger without its access log, which gathers some seventy values of a request before it logs any."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Log nothing: `app.logs.access_line` does."""
