"""The listeners: the sockets at which connections arrive, opened at once or refused in one line.

gunicorn tries an address five times, a second apart, and names no setting when it gives up.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from app.server.internals import Arbiter, TCP6Socket, TCPSocket, listen_fds
from app.settings import Settings

Address = tuple[str, int]

_CHOOSE_HOST = "Set HOST to an address of this machine, or to 0.0.0.0 for all of them."


class AddressUnusable(Exception):
    """Nothing can listen at an address. The message names the variable that says it, and what to do."""

    def __init__(self, address: Address, settings: Settings, error: OSError) -> None:
        host, port = address
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        variable = "METRICS_PORT" if port == settings.metrics_port else "PORT"
        super().__init__(_describe(error, variable, place))


def check_addresses(server: Arbiter, settings: Settings) -> None:
    """Raise `AddressUnusable` unless the master can listen at all its addresses; it does not yet."""
    for address in _list_addresses(server):
        with _refuse(address, settings), _bind(address):
            continue


def open_listeners(server: Arbiter, settings: Settings) -> list[TCPSocket]:
    """Return the sockets at which the master listens from now on; none where gunicorn opens others by itself.

    Raises `AddressUnusable`.
    """
    listeners = []
    for address in _list_addresses(server):
        with _refuse(address, settings), _bind(address) as bound:
            listeners.append(_choose_kind(address)(address, server.cfg, server.log, fd=bound.detach()))
    return listeners


def _list_addresses(server: Arbiter) -> list[Address]:
    """Return the addresses, unless the sockets are handed over by systemd, or are those of GUNICORN_CMD_ARGS alone."""
    if server.cfg.reuse_port or listen_fds(unset_environment=False):
        return []
    addresses: list[Address] = server.cfg.address
    return addresses if all(isinstance(address, tuple) for address in addresses) else []


def _bind(address: Address) -> socket.socket:
    """Return a socket that is bound to an address, and does not listen yet."""
    bound = socket.socket(_choose_kind(address).FAMILY, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except BaseException:
        bound.close()
        raise
    return bound


def _choose_kind(address: Address) -> type[TCPSocket]:
    kind: type[TCPSocket] = TCP6Socket if ":" in address[0] else TCPSocket
    return kind


@contextmanager
def _refuse(address: Address, settings: Settings) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AddressUnusable(address, settings, error) from error


def _describe(error: OSError, variable: str, place: str) -> str:
    if isinstance(error, socket.gaierror):
        return f"HOST is a name that has no address, so nothing can listen at {place}. {_CHOOSE_HOST}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST is no address of this machine, so nothing can listen at {place}. {_CHOOSE_HOST}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"{variable} is taken: another process listens at {place}. End that one, or set {variable} to a free port."
        )
    if error.errno == errno.EACCES:
        return (
            f"{variable} is for privileged users: this one may not listen at {place}. Set {variable} to 1024 or more."
        )
    return f"Nothing can listen at {place}: {error.strerror}. Set HOST and {variable} to an address that can be used."
