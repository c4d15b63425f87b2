"""Runs a program for a test and ends it, by its id, however the test ends."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.support.running_server import DEADLINE_SECONDS, wait_until


@contextmanager
def run_program(
    command: Sequence[str], log_file: Path, is_ready: Callable[[], bool], **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program, which writes to `log_file`, from when it is ready until the `with` block ends.

    `options` are those of `subprocess.Popen`: with a `stdout` among them, standard error still goes to `log_file`.
    Raises `AssertionError` when the program ends before it is ready, and `TimeoutError` when it is not in time, with
    what it has written.
    """
    with log_file.open("wb") as log:
        process = subprocess.Popen(command, **{"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **options})

    def is_up() -> bool:
        assert process.poll() is None, f"{command[0]} ended with status {process.returncode}: {log_file.read_text()}"
        return is_ready()

    try:
        wait_until(is_up, lambda: f"{command[0]} is ready; it says: {log_file.read_text()}")
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(DEADLINE_SECONDS)
        process.kill()
        process.wait()
