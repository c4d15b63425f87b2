"""gunicorn's application: it reads gunicorn.conf.py, as gunicorn's own does, and runs our master."""

from __future__ import annotations

import sys

from app.server.internals import BaseApplication, WSGIApplication
from app.server.master import ServiceMaster


class _Runner(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """The end of the chain by which an application runs, with our master instead of gunicorn's."""

    def run(self) -> None:
        """Serve until a signal ends it."""
        try:
            ServiceMaster(self).run()
        except RuntimeError as error:
            sys.exit(f"\nError: {error}\n")


class ServiceApplication(WSGIApplication, _Runner):  # type: ignore[misc]
    """The application whose master is a `ServiceMaster`.

    `WSGIApplication.run` does what GUNICORN_CMD_ARGS asks for, and calls the one after it, which by the order of
    the bases is `_Runner.run`.
    """
