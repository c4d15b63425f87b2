"""Serves: `python -m app`. gunicorn does, configured by gunicorn.conf.py; the environment is checked before it starts.

gunicorn reads WEB_CONCURRENCY while it is imported, and ends with a stack trace where that is empty or no number.
"""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Serve until a signal ends it. Exits with 1 and one line when the environment cannot be used."""
    # Until gunicorn has handlers of its own. They do not raise: an exception that a signal raises inside a callback, of
    # a fork for one, is passed over, and the signal lost.
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, lambda *_: os._exit(0))

    from app.settings import InvalidSettings, Settings

    try:
        settings = Settings.from_env(os.environ)
    except InvalidSettings as error:
        sys.exit(f"The environment cannot be used: {error}.")
    os.environ["WEB_CONCURRENCY"] = str(settings.web_concurrency)

    from gunicorn.app.wsgiapp import run

    sys.argv = ["gunicorn"]
    run()


if __name__ == "__main__":
    main()
