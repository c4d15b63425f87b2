"""Modules that the master imports for its workers, so that they start in no time and from the code that was verified.

A worker that imported scikit-learn by itself would take whatever release lies on the disk by then.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable

_logger = logging.getLogger(__name__)


def import_modules(names: Iterable[str]) -> None:
    """Import the modules `names`; one that cannot be imported is left to the workers."""
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # whatever a library's module may raise
            _logger.debug("%s cannot be imported ahead.", name, exc_info=True)
