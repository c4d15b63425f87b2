"""Runs a command as one that must respect permissions, which the superuser need not."""

from __future__ import annotations

import os

# The capabilities by which root reads, writes and enters what it has no permission for.
_OVERRIDES = "-dac_override,-dac_read_search"

LAUNCHER = ["setpriv", f"--bounding-set={_OVERRIDES}", f"--inh-caps={_OVERRIDES}"] if os.geteuid() == 0 else []
"""What becomes the command that follows it."""
