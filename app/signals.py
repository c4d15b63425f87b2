"""The signals that more than one of the processes cares about."""

from __future__ import annotations

import posix
import signal
from typing import NoReturn

STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGQUIT, signal.SIGINT})
"""What ends a process: at once, or once its requests are answered."""

SURVIVED_SIGNALS = frozenset({signal.SIGHUP, signal.SIGUSR1})
"""What a worker lives through once it has handlers, and would be ended by before."""


def leave_at_once(*_: object) -> NoReturn:
    """End this process with status 0: a handler of signals, for one that has nothing to finish.

    Not by `os._exit`: what measures coverage replaces that by a function that takes locks, and a handler may run while
    they are held.
    """
    posix._exit(0)
