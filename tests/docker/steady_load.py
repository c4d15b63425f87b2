"""Clients that ask at a steady pace in another network, and note every answer: a roll-out must fail none of them."""

from __future__ import annotations

import ctypes
from contextlib import AbstractContextManager

from tests.support.load import Load, load_on

_CLONE_NEWNET = 0x40000000


def load_steadily(network: str, port: int, instance: list[float]) -> AbstractContextManager[Load]:
    """Ask for `instance` in `network`, half of the clients on one connection each, until the `with` block ends."""
    return load_on(
        port,
        instance,
        n_kept_alive=3,
        n_reconnecting=3,
        pause_seconds=0.1,
        prepare_thread=lambda: _enter_network(network),
    )


def _enter_network(network: str) -> None:
    """Move the thread that calls this, and no other, to a network namespace for good."""
    with open(f"/run/netns/{network}") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {network}")
