"""Gives a server of the tests a certificate."""

from __future__ import annotations

import ssl
from pathlib import Path

from tests.support.certificates import make_certificate


def write_certificate(file: Path, address: str = "127.0.0.1") -> ssl.SSLContext:
    """Write a self-signed certificate for `address`, with its key, to `file`; return the context of its server."""
    certificate, key = make_certificate(address)
    file.write_bytes(key + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
