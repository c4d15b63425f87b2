"""Looks at the processes of this machine."""

from __future__ import annotations

from pathlib import Path


def list_descendants(process: int) -> set[int]:
    """Return the processes that stem from `process`, as far as they are there while one looks."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return set()
    children = {int(child) for child in text.split()}
    return children.union(*(list_descendants(child) for child in children))


def is_running(process: int) -> bool:
    """Return whether the process is there and has not ended, whether or not anybody has taken note."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"
