"""Serves as `python -m app` does, but has only as much patience with workers as a test can wait."""

from __future__ import annotations

from app.__main__ import main
from app.server.master import ServiceMaster

if __name__ == "__main__":
    # Of workers alone: the trial before them has all the time that it needs.
    ServiceMaster.load_timeout_seconds = property(lambda master: 3.0, lambda master, seconds: None)  # type: ignore
    main()
