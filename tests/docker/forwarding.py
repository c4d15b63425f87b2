"""Makes a port of an engine's network reachable on this machine, as the network between machines would."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from tests.docker.engine import Engine
from tests.docker.programs import find_program
from tests.support.running_program import run_program
from tests.support.running_server import find_free_port


@contextmanager
def forward_port(engine: Engine, port: int) -> Iterator[str]:
    """Give the URL at which a port of the engine's network answers here until the `with` block ends."""
    here = find_free_port()
    inner = shlex.join(engine.enter(find_program("socat"), "STDIO", f"TCP:127.0.0.1:{port}"))
    command = [find_program("socat"), f"TCP-LISTEN:{here},bind=127.0.0.1,reuseaddr,fork", f'EXEC:"{inner}"']
    log_file = engine.socket.parent / f"forwarding-{here}"
    with run_program(command, log_file, lambda: is_open(here)):
        yield f"http://127.0.0.1:{here}"


def is_open(port: int) -> bool:
    """Return whether something listens at a port of this machine."""
    with open("/proc/net/tcp") as table:
        return any(f":{port:04X} 00000000:0000 0A" in line for line in table)
