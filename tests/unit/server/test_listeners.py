from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from gunicorn.config import Config

from app.server.listeners import AddressUnusable, check_addresses, open_listeners
from app.settings import Settings

CHOOSE_HOST = "Set HOST to an address of this machine, or to 0.0.0.0 for all of them."


class Master:
    """What the listeners know of a master: its configuration and its log."""

    log = None

    def __init__(self, *addresses: str, **settings: Any) -> None:
        self.cfg = Config()
        for name, value in {"bind": list(addresses), **settings}.items():
            self.cfg.set(name, value)


@pytest.fixture
def taken() -> Iterator[int]:
    """Return a port that something listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def free() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_listens_at_every_address(free: int) -> None:
    master = Master(f"127.0.0.1:{free}", "127.0.0.1:0")
    check_addresses(master, Settings(port=free))
    listeners = open_listeners(master, Settings(port=free))
    try:
        assert listeners[0].getsockname() == ("127.0.0.1", free)
        for listener in listeners:
            socket.create_connection(listener.getsockname(), timeout=10).close()
    finally:
        for listener in listeners:
            listener.close()


def test_a_check_listens_at_nothing(free: int) -> None:
    check_addresses(Master(f"127.0.0.1:{free}"), Settings(port=free))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free), timeout=10)


@pytest.mark.parametrize("refuse", [check_addresses, open_listeners])
def test_a_port_that_is_taken_is_named(refuse: Any, taken: int) -> None:
    sentence = f"PORT is taken: another process listens at 127.0.0.1:{taken}. End that one, or set PORT to a free port."
    with pytest.raises(AddressUnusable, match=f"^{re.escape(sentence)}$"):
        refuse(Master(f"127.0.0.1:{taken}"), Settings(port=taken))


def test_the_port_of_the_metrics_is_named_where_that_is_taken(free: int, taken: int) -> None:
    sentence = (
        f"METRICS_PORT is taken: another process listens at 127.0.0.1:{taken}. "
        "End that one, or set METRICS_PORT to a free port."
    )
    settings = Settings(port=free, metrics_port=taken)
    with pytest.raises(AddressUnusable, match=f"^{re.escape(sentence)}$"):
        check_addresses(Master(*settings.addresses), settings)


def test_a_port_whose_last_connections_are_not_forgotten_yet_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        with socket.create_connection(address) as client, listener.accept()[0] as connection:
            connection.close()  # first, so that this end is the one that waits
            assert client.recv(1) == b""
    check_addresses(Master("%s:%d" % address), Settings(port=address[1]))


# 192.0.2.1 is of TEST-NET-1, which no machine has; nothing is sent there.
@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("192.0.2.1", "HOST is no address of this machine"),
        ("[2001:db8::1]", "HOST is no address of this machine"),
    ],
)
def test_a_host_that_is_not_this_machine_is_named(host: str, why: str) -> None:
    sentence = f"{why}, so nothing can listen at {host}:8000. {CHOOSE_HOST}"
    with pytest.raises(AddressUnusable, match=f"^{re.escape(sentence)}$"):
        check_addresses(Master(f"{host}:8000"), Settings(host=host))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            f"HOST is a name that has no address, so nothing can listen at nowhere:80. {CHOOSE_HOST}",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied"),
            "PORT is for privileged users: this one may not listen at nowhere:80. Set PORT to 1024 or more.",
        ),
        (
            OSError(errno.ENOBUFS, "No buffer space available"),
            "Nothing can listen at nowhere:80: No buffer space available. "
            "Set HOST and PORT to an address that can be used.",
        ),
    ],
)
def test_whatever_else_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, error: OSError, sentence: str) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(AddressUnusable, match=f"^{re.escape(sentence)}$"):
        check_addresses(Master("nowhere:80"), Settings(host="nowhere", port=80))


@pytest.mark.parametrize("others", [{"reuse_port": True}, {"bind": ["unix:/nowhere/socket"]}])
def test_leaves_to_gunicorn_what_only_its_own_options_ask_for(taken: int, others: dict[str, Any]) -> None:
    master = Master(f"127.0.0.1:{taken}", **others)
    check_addresses(master, Settings(port=taken))
    assert open_listeners(master, Settings(port=taken)) == []


def test_leaves_to_gunicorn_the_sockets_that_systemd_hands_over(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    monkeypatch.setenv("LISTEN_FDS", "1")
    master = Master(f"127.0.0.1:{taken}")
    check_addresses(master, Settings(port=taken))
    assert open_listeners(master, Settings(port=taken)) == []
    assert os.environ["LISTEN_FDS"] == "1"  # gunicorn has yet to read it
