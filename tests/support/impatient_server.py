"""Serves as `python -m app` does, but has only as much patience with workers and clients as a test can wait."""

from __future__ import annotations

from app.__main__ import main
from app.server import connection, worker_keeper

if __name__ == "__main__":
    worker_keeper.START_TIMEOUT_SECONDS = 1.0
    connection.SILENCE_TIMEOUT_SECONDS = 1.0
    main()
