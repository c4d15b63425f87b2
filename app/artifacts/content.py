"""Content: what a file of an artifact holds, in memory; a large one once for all processes that are forked later."""

from __future__ import annotations

import mmap
from io import BufferedReader

Content = bytes | mmap.mmap

MIN_SHARED_BYTES = 1024 * 1024
"""What is smaller costs no process much, and stays bytes."""

_COPIED_ON_WRITE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS


def read_content(file: BufferedReader, n_bytes: int) -> Content:
    """Return the first `n_bytes` of a file, or what there is of them; in memory the rest is zero.

    Of large ones a forked process has the very pages, until it writes to one: that one is its own from then on, and no
    other process sees what is written. They belong to no file and have no descriptor: whoever drops the content, and
    the arrays that lie in it, has released them. Raises `MemoryError`, and `OSError` as reading does.
    """
    if n_bytes < MIN_SHARED_BYTES:
        return file.read(n_bytes)
    memory = _reserve(n_bytes)
    with memoryview(memory) as view:
        file.readinto(view)
    return memory


def _reserve(n_bytes: int) -> mmap.mmap:
    try:
        return mmap.mmap(-1, n_bytes, flags=_COPIED_ON_WRITE)
    except (OSError, OverflowError) as error:
        raise MemoryError from error
