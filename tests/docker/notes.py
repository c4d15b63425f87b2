"""What tests have measured, which is shown at the end of their run, whether or not they pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Note = Callable[[str], None]

_NOTES = pytest.StashKey[list[str]]()


def take_notes(config: pytest.Config) -> Note:
    """Return what is to be called with each line to show."""
    return config.stash.setdefault(_NOTES, []).append


def show_notes(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the lines, where there are any."""
    if lines := config.stash.get(_NOTES, []):
        terminalreporter.section("what it took")
        for line in lines:
            terminalreporter.line(line)
