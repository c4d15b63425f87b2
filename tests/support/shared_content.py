"""Content of files in shared memory, however small it is."""

from __future__ import annotations

import io
import mmap

import pytest

from app.artifacts import content
from app.artifacts.content import Content


def share(monkeypatch: pytest.MonkeyPatch, given: Content) -> mmap.mmap:
    """Return the content of a file that holds `given`, as it would be were it large."""
    monkeypatch.setattr(content, "MIN_SHARED_BYTES", 1)
    shared = content.read_content(io.BufferedReader(io.BytesIO(given)), len(given))
    assert isinstance(shared, mmap.mmap)
    return shared
