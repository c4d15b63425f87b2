"""Writes the configuration of `docker/nginx/` for a test: only addresses, ports and folders are others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.running_server import ROOT, find_free_port

NGINX_FOLDER = ROOT / "docker" / "nginx"

_FILES = sorted(str(path.relative_to(NGINX_FOLDER)) for path in NGINX_FOLDER.rglob("*.conf"))
_TLS_FILE = "servers/tls.conf"
# So many milliseconds stand for a second where a test does not wait for a time limit as long as it is.
_HASTY_MILLISECONDS = 50


@dataclass(frozen=True)
class Configuration:
    """A configuration of the tests, and the ports it says."""

    folder: Path
    port: int
    tls_port: int

    @property
    def file(self) -> Path:
        """The file that nginx is told of."""
        return self.folder / "nginx.conf"


def write_configuration(
    folder: Path, name_server_port: int, service_port: int, *, with_tls: bool = False, hasty: bool = False
) -> Configuration:
    """Write a configuration to `folder`; with `hasty`, its time limits are a twentieth of what they are."""
    configuration = Configuration(folder, find_free_port(), find_free_port())
    replacements = {
        "listen 8080": f"listen 127.0.0.1:{configuration.port}",
        "listen 8443": f"listen 127.0.0.1:{configuration.tls_port}",
        "127.0.0.11": f"127.0.0.1:{name_server_port}",
        "ml-service:8000": f"ml-service:{service_port}",
        " /etc/nginx/": f" {folder}/",
        " /tmp/": f" {folder}/tmp/",
        " /run/secrets/": f" {folder}/secrets/",
    }
    for name in ("tmp", "secrets", "servers"):
        (folder / name).mkdir()
    for name in _FILES:
        if with_tls or name != _TLS_FILE:
            text = replace_all(read_file(name), replacements)
            (folder / name).write_text(_hasten(text) if hasty else text)
    return configuration


def read_file(name: str) -> str:
    """Return one of the files in `docker/nginx/`."""
    return (NGINX_FOLDER / name).read_text()


def read_value(name: str) -> str:
    """Return what nginx.conf says of a directive."""
    found = re.search(rf"^ *{name} (.*);$", read_file("nginx.conf"), re.MULTILINE)
    assert found, name
    return found[1]


def replace_all(text: str, replacements: Mapping[str, str]) -> str:
    """Return `text` with each key replaced by its value, and no value by another."""
    keys = "|".join(map(re.escape, replacements))
    return re.sub(keys, lambda found: replacements[found[0]], text)


def _hasten(text: str) -> str:
    return re.sub(r"(_timeout )(\d+)s;", lambda found: f"{found[1]}{int(found[2]) * _HASTY_MILLISECONDS}ms;", text)
