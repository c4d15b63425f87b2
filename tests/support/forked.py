"""Forks processes for the tests of what processes share."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

from tests.support.running_server import DEADLINE_SECONDS

_FORK = multiprocessing.get_context("fork")


@contextmanager
def forked(task: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Fork a process now, and yield a function that has it run `task` and returns what that returned.

    The process ends with the `with` block, or with the one that has forked it.
    """
    ours, theirs = _FORK.Pipe()
    child = _FORK.Process(target=_serve, args=(task, ours, theirs))
    child.start()

    def run() -> Any:
        ours.send(True)
        assert ours.poll(DEADLINE_SECONDS), "the process does not answer"
        return ours.recv()

    try:
        yield run
    finally:
        child.kill()
        child.join()
        ours.close()
        theirs.close()


def run_in_child(task: Callable[[], Any]) -> Any:
    """Return what `task` returns in a process that is forked for it, and has ended."""
    with forked(task) as run:
        return run()


def _serve(task: Callable[[], Any], asking: Connection, asked: Connection) -> None:
    asking.close()  # so that the end of the process that asks is noticed here
    with suppress(EOFError):
        while asked.recv():
            asked.send(task())
