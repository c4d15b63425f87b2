"""Tells the container engine whether the service is ready: exits with 0 if it is, else with 1 and what it answered.

It runs every few seconds beside the workers, so it imports next to nothing: all of it takes some 20 ms.
"""

import os
import socket
import sys

_TIMEOUT_SECONDS = 9.0


def main() -> None:
    """Ask /ready at the port that PORT names."""
    port = int(os.environ.get("PORT") or "8000")
    try:
        status_line = _ask(port)
    except OSError as error:
        sys.exit(f"GET /ready at port {port}: {error}")
    if status_line.split(b" ")[1:2] != [b"200"]:
        sys.exit(f"GET /ready at port {port}: {status_line.decode(errors='replace') or 'no answer'}")


def _ask(port: int) -> bytes:
    """Return the first line of the answer. Raises `OSError`."""
    with socket.create_connection((_find_host(), port), timeout=_TIMEOUT_SECONDS) as connection:
        connection.sendall(b"GET /ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
        with connection.makefile("rb") as answer:
            return answer.readline(1024).strip()


def _find_host() -> str:
    host = os.environ.get("HOST") or "127.0.0.1"
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


if __name__ == "__main__":
    main()
