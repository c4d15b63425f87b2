"""gunicorn's log: written as the service writes its own, without requests, which the application logs itself."""

from __future__ import annotations

from typing import Any

from app.logs.printed import log_what_is_printed
from app.model.acceptance import Acceptance
from app.server.internals import Logger


class GunicornLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's logger without its access log, which gathers some seventy values of a request before it logs any."""

    def setup(self, cfg: Any) -> None:
        """Log as `cfg` says, from now on also what is printed."""
        super().setup(cfg)
        log_what_is_printed()

    def debug(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log nothing: these lines quote paths, and whatever came of a request that was cut off."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Log nothing: `app.web.access_line` does."""


def log_acceptance(log: Any, accepted: Acceptance) -> None:
    """Write to gunicorn's log what the checks of a version have found."""
    write = log.warning if accepted.is_unusual else log.info
    write("%s", accepted.describe())
