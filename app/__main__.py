"""The service, started: `python -m app`. gunicorn serves, as gunicorn.conf.py says, once the environment is checked.

gunicorn reads WEB_CONCURRENCY while it is imported, and ends with a stack trace where that is empty or no number.
"""

from __future__ import annotations

import os
import resource
import signal
import sys

from app.signals import leave_at_once

_MOST_FILES = 65536


def raise_file_limit() -> None:
    """Allow as many open files as this process may: each connection takes one, and 1,024 is a usual limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main() -> None:
    """Serve until a signal ends it. Exits with 1 and one line when the environment cannot be used."""
    if len(sys.argv) > 1:
        sys.exit(f"This takes no arguments, and not {sys.argv[1]!r}: the environment configures it, see README.md.")

    # Until gunicorn has handlers of its own. They do not raise: an exception that a signal raises inside a callback, of
    # a fork for one, is passed over, and the signal lost.
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, leave_at_once)

    # A reload that is asked for this early waits until the master can do it; by default the signal would end this.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})

    raise_file_limit()

    from app.settings import read_settings

    web_concurrency = read_settings().web_concurrency
    os.environ["WEB_CONCURRENCY"] = str(web_concurrency)

    from app.engines.parallelism import share_processors

    share_processors(web_concurrency)

    from app.server.application import ServiceApplication

    sys.argv = ["gunicorn"]
    ServiceApplication("%(prog)s [OPTIONS] [APP_MODULE]").run()


if __name__ == "__main__":
    main()
