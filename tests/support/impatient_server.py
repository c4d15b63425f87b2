"""Serves as `python -m app` does, but gives a worker only as long to start as a test can wait."""

from __future__ import annotations

from app.__main__ import main
from app.server import worker_keeper

if __name__ == "__main__":
    worker_keeper.START_TIMEOUT_SECONDS = 1.0
    main()
