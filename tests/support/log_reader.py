"""A server whose log goes into a named pipe, and that pipe's reader, who may read nothing, leave and come back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.running_server import RunningServer, run_server

LAUNCHER = ("bash", "-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "bash")


class LogReader:
    """The one who reads a server's log, from a named pipe, and only when told to."""

    def __init__(self, pipe: Path) -> None:
        self._pipe = pipe
        self._descriptor = -1
        self.come()

    def come(self) -> None:
        """Open the pipe, without reading."""
        self._descriptor = os.open(self._pipe, os.O_RDONLY | os.O_NONBLOCK)

    def leave(self) -> None:
        """Close the pipe: what is in it is lost."""
        os.close(self._descriptor)

    def stop_up(self) -> None:
        """Fill what room is left in the pipe with empty lines."""
        writer = os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK)
        with suppress(BlockingIOError):
            while os.write(writer, b"\n"):
                pass
        os.close(writer)

    def read(self) -> bytes:
        """Return what is in the pipe."""
        content = b""
        with suppress(BlockingIOError):
            while part := os.read(self._descriptor, 1 << 16):
                content += part
        return content


@contextmanager
def run_server_with_reader(
    artifact_dir: Path, folder: Path, **variables: str
) -> Iterator[tuple[RunningServer, LogReader]]:
    """Run a server and the reader of its log, who reads nothing by itself, until the `with` block ends."""
    pipe = folder / "log"
    os.mkfifo(pipe)
    reader = LogReader(pipe)
    with run_server(artifact_dir, folder, launcher=[*LAUNCHER, str(pipe)], **variables) as server:
        yield server, reader
