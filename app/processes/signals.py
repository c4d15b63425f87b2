"""The signals that more than one of the processes cares about."""

from __future__ import annotations

import signal

STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGQUIT, signal.SIGINT})
"""What ends a process: at once, or once its requests are answered."""

SURVIVED_SIGNALS = frozenset({signal.SIGHUP, signal.SIGUSR1})
"""What a worker lives through once it has handlers, and would be ended by before."""
