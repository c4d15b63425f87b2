"""What libraries print, as lines of the log: Python's own streams would wait for whoever reads them."""

from __future__ import annotations

import io
import logging
import os
import sys

_MAX_HELD_CHARACTERS = 4096


class PrintedLines(io.TextIOBase):
    """A stream that logs what is written to it, once a line of it is complete."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._held = ""

    def write(self, text: str) -> int:
        """Take `text`, and log all that has come so far if it ends a line."""
        self._held += text
        if self._held.endswith("\n") or len(self._held) > _MAX_HELD_CHARACTERS:
            printed, self._held = self._held.rstrip("\n"), ""
            if printed:
                logging.getLogger("printed").warning("%s", printed)
        return len(text)

    def writable(self) -> bool:
        """Say that this stream is for writing."""
        return True

    def isatty(self) -> bool:
        """Return whether a terminal shows the log."""
        return os.isatty(self._descriptor)


def log_what_is_printed() -> None:
    """Have warnings, and whatever else is printed in this process, in the log."""
    sys.stdout, sys.stderr = PrintedLines(1), PrintedLines(2)
