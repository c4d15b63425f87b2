"""Sizes as the platforms write them, and what the service needs."""

from __future__ import annotations

_UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
# What a worker or the master has resident; some of it they share.
_PROCESS_BYTES = 175 * 2**20


def parse_bytes(text: str) -> int:
    """Return how many bytes a text like 512Mi means."""
    return int(text[:-2]) * _UNITS[text[-2:]]


def compute_needed_bytes(workers: int) -> int:
    """Return the memory that the service may need: while the model is changed it has twice as many workers."""
    return (2 * workers + 1) * _PROCESS_BYTES
